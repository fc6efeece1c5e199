"""Log files of the keeper and the servers."""

import os
from typing import IO, TYPE_CHECKING, Final

from django_strict.embedded.layout import hand_over

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 1_000_000


def open_log(path: "Path") -> "IO[bytes]":
    """Open a log file for appending, emptying it first when it has grown large.

    Args:
        path: The log file.

    Raises:
        OSError: If it cannot be opened.

    Returns:
        The open file.
    """
    large = path.exists() and path.stat().st_size > MOST_BYTES
    mode = os.O_TRUNC if large else 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | mode, 0o600)
    hand_over(path)
    return os.fdopen(descriptor, "ab")


def log_tail(log: "Path", *, lines: int = 8) -> str:
    """Quote the end of a log file for an error message.

    Args:
        log: The file to quote; it may be missing.
        lines: How many lines to quote at most.

    Returns:
        The log's path and its last lines, indented, or an empty string if there are
        none.
    """
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    tail = text.splitlines()[-lines:]
    return "\n".join([f"The end of {log}:", *(f"    {line}" for line in tail)])
