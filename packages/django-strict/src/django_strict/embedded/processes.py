"""Looking at processes that are not necessarily children."""

import os
import subprocess
from pathlib import Path


def command_line(pid: int) -> str:
    """Read how a process was started, to tell it from one that got its number later.

    Args:
        pid: The process id.

    Returns:
        Its program and arguments, or an empty string if there is no such process.
    """
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            raw = (proc / str(pid) / "cmdline").read_bytes()
        except OSError:
            return ""
        return os.fsdecode(raw.replace(b"\0", b" "))
    # macOS has no /proc.
    listed = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        check=False,
    )
    return os.fsdecode(listed.stdout)


def read_pid(path: Path) -> int | None:
    """Read a process id from the first line of a file.

    Args:
        path: The file; it may be missing or half written.

    Returns:
        The process id, or None if there is none.
    """
    try:
        return int(path.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None
