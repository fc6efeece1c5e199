"""File locks that the kernel releases when their holder ends, however it ends."""

import os
import sys
import time
from typing import TYPE_CHECKING, Final

from django_strict.embedded.layout import hand_over

if TYPE_CHECKING:
    from pathlib import Path

# Windows has no fcntl; there `client.acquire` refuses before anything is locked.
if sys.platform != "win32":
    import fcntl

POLL_SECONDS: Final = 0.02


def open_lock(path: "Path") -> int:
    """Open a lock file, making it if needed.

    Args:
        path: The lock file.

    Raises:
        OSError: If the file cannot be opened.

    Returns:
        A descriptor that no started program inherits. Forked children share it, and
        the lock lasts until the last of them has closed it.
    """
    existed = path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not existed:
        hand_over(path)
    return descriptor


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file unless that would mean waiting.

    Args:
        descriptor: What `open_lock` returned.
        shared: Whether others may hold a shared lock at the same time.

    Returns:
        Whether the lock is held now.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, *, seconds: float, shared: bool = False) -> bool:
    """Lock an open file, waiting for a while if someone else holds it.

    Args:
        descriptor: What `open_lock` returned.
        seconds: How long to wait at most.
        shared: Whether others may hold a shared lock at the same time.

    Returns:
        Whether the lock is held now.
    """
    deadline = time.monotonic() + seconds
    while not try_lock(descriptor, shared=shared):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def lock(descriptor: int) -> None:
    """Lock an open file exclusively, waiting as long as it takes.

    Args:
        descriptor: What `open_lock` returned.
    """
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def unlock(descriptor: int) -> None:
    """Release the lock of an open file.

    Args:
        descriptor: What `open_lock` returned.
    """
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_held(path: "Path") -> bool:
    """Tell whether any process holds an exclusive lock on a file.

    Args:
        path: The lock file; it may be missing.

    Raises:
        OSError: If the file exists but cannot be opened.

    Returns:
        Whether it is locked.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)
