"""How many workers and connections fit into what the container may use."""

import math
import os
from pathlib import Path
from typing import Final

CGROUP: Final = Path("/sys/fs/cgroup")
# Connections of PostgreSQL that workers leave to others: its own reserve for superusers
# (3), migrations, backups, and somebody looking at what is wrong.
RESERVED_CONNECTIONS: Final = 10
# More connections than this make a worker slower, not faster: its views share one
# interpreter.
LARGEST_POOL: Final = 8


def processors(cgroup: Path = CGROUP) -> int:
    """Count the processors that this process may use.

    A container with a quota of one and a half sees all processors of its host; workers
    for all of them would only throttle each other.

    Args:
        cgroup: Where the kernel shows the limits of the container.

    Returns:
        The allowed processors, or the quota, rounded up, if that is less.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    count = allowed or os.cpu_count() or 1
    quota = _quota(cgroup)
    return count if quota is None else min(count, max(1, math.ceil(quota)))


def default_workers() -> int:
    """Tell how many workers to start when nobody says.

    Returns:
        Two per processor and one.
    """
    return processors() * 2 + 1


def default_pool_size(*, workers: int, max_connections: int) -> int:
    """Share PostgreSQL's connections out among the workers.

    Args:
        workers: Number of workers.
        max_connections: Connections that PostgreSQL accepts.

    Returns:
        Connections for each worker, one at least.
    """
    share = (max_connections - RESERVED_CONNECTIONS) // workers
    return max(1, min(LARGEST_POOL, share))


def _quota(cgroup: Path) -> float | None:
    """Read the processor quota of the container, of either version of cgroups.

    Args:
        cgroup: Where the kernel shows the limits.

    Returns:
        Processors, or None without a quota.
    """
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            texts = [(cgroup / name).read_text(encoding="ascii") for name in names]
        except OSError:
            continue
        quota, period = " ".join(texts).split()
        # Version 2 writes "max" where there is no limit, version 1 writes -1.
        return int(quota) / int(period) if quota.isdecimal() else None
    return None
