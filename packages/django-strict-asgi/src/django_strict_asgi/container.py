"""What a container leaves to the process in it."""

import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

CGROUP: Final = Path("/sys/fs/cgroup")
# What a worker takes, in MiB: by itself, and for each password that it hashes.
WORKER_MEMORY: Final = 90
HASH_MEMORY: Final = 19


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


def memory_problem(workers: int, hashes: int) -> str | None:
    """Tell whether the container's memory is too small for its workers.

    Args:
        workers: How many are to be started.
        hashes: How many passwords each hashes at once.

    Returns:
        The sentence, or None if it is large enough or has no limit.
    """
    needed = workers * (WORKER_MEMORY + hashes * HASH_MEMORY)
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with suppress(OSError):
            limit = (CGROUP / name).read_text("ascii").strip()
            if limit.isdecimal() and needed > int(limit) // 2**20:
                return (
                    f"WEB_CONCURRENCY starts {workers} workers, which take {needed} MiB "
                    f"when each hashes {hashes} passwords, and the container "
                    f"has {int(limit) // 2**20} MiB; set it to a lower number, or raise "
                    "the container's limit (APP_MEMORY in the stack)."
                )
    return None
