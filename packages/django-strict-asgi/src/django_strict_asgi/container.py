"""What a container leaves to the process in it."""

import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

CGROUP: Final = Path("/sys/fs/cgroup")


def processors() -> int:
    """Count the processors that this process may use.

    A container with a quota of one and a half sees all processors of its host; workers
    for all of them would only throttle each other.

    Returns:
        The processors, or the container's quota, rounded up, if that is less.
    """
    affinity = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))
    count = len(affinity(0))
    # Version 2 of control groups, then version 1; "max" and -1 are no quota.
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        with suppress(OSError):
            texts = [(CGROUP / name).read_text("ascii") for name in names]
            quota, period = " ".join(texts).split()
            if quota.isdecimal():
                count = min(count, math.ceil(int(quota) / int(period)))
    return count
