"""Telling whether a server answers, for its keeper and its users alike."""

from typing import TYPE_CHECKING, Final

from django_strict.embedded import ports

if TYPE_CHECKING:
    from pathlib import Path

POSTGRES_READY: Final = "ready"


def answers(port: int, pid_file: "Path", ready_word: str = "") -> bool:
    """Tell whether a server answers.

    Args:
        port: The port it listens on.
        pid_file: Where it writes its process id.
        ready_word: What that file ends with once it is ready; may be empty.

    Returns:
        Whether it accepts connections and is done with its start.
    """
    try:
        status = pid_file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.strip().endswith(ready_word) and ports.accepts(port)
