"""Running commands whose descendants end with them."""

import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

SECONDS: Final = 900
# For a command that was told to end, before it is made to.
STOP_SECONDS: Final = 10


class CommandError(RuntimeError):
    """A command that failed: what it says or takes would mean nothing."""


def output(
    command: list[str],
    folder: "Path | None" = None,
    variables: dict[str, str] | None = None,
) -> str:
    """Run a command that must succeed.

    Args:
        command: The command and its arguments.
        folder: Where to run it.
        variables: Its environment.

    Raises:
        CommandError: If it fails.
        BaseException: Whatever interrupted it; nothing that it started is left.

    Returns:
        What it printed, errors included.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A group of its own, so that `uv run poe test` ends with its tests.
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=SECONDS)
    except BaseException:
        _stop(process)
        raise
    if process.returncode:
        message = f"{' '.join(command)} failed:\n{printed[-4000:]}"
        raise CommandError(message)
    return printed


def _stop(process: "subprocess.Popen[str]") -> None:
    """End a process and all of its group.

    Args:
        process: Leader of the group.
    """
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    # Its leader may be gone while others are not.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
