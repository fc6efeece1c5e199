"""What the kernel says that processes cost."""

import os
from pathlib import Path
from typing import Final

from benchmarks.record import Memory

TICKS: Final = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat behind the name: own time in user and kernel mode, then that
# of children which have ended.
OWN: Final = (11, 12)
ENDED: Final = (13, 14)


def children(pid: int) -> list[int]:
    """List the processes that a process started itself.

    Args:
        pid: Its id.

    Returns:
        Their ids.
    """
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def family_seconds(pid: int) -> float:
    """Add up what a process and its children have computed, ended ones included.

    Args:
        pid: Id of the process.

    Returns:
        Seconds of processor time.
    """
    living = sum(_seconds(child, OWN) for child in children(pid))
    return living + _seconds(pid, OWN + ENDED)


def memory(pid: int) -> Memory:
    """Measure the memory of a process.

    Args:
        pid: Its id.

    Returns:
        Its memory.
    """
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return Memory(rss=sizes["Rss"] / 1024, pss=sizes["Pss"] / 1024)


def _seconds(pid: int, fields: tuple[int, ...]) -> float:
    """Read the processor time of a process.

    Args:
        pid: Its id.
        fields: Which times to add up.

    Returns:
        Seconds; none if it ended meanwhile, when its parent's count holds them.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    values = text.rpartition(")")[2].split()
    return sum(int(values[field]) for field in fields) / TICKS
