"""A process's claim on the servers, which ends with the process, however it ends."""

import os
from typing import TYPE_CHECKING, Final

from django_strict.embedded import locks
from django_strict.embedded.errors import AFRESH, EmbeddedError

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.embedded.layout import Layout

# A keeper that ends holds the lock until its servers have stopped.
WAIT_SECONDS: Final = 60.0

# Open for the rest of the process's life. Programs that it starts do not inherit the
# descriptor; forked children share it, and the claim ends with the last of them.
_leases: "Final[dict[Path, int]]" = {}


def take(layout: "Layout") -> None:
    """Claim the servers for the rest of this process's life.

    Args:
        layout: The folder of the servers.

    Raises:
        EmbeddedError: If a keeper takes too long to end.
        OSError: If the lock file cannot be opened.
    """
    path = layout.lease_lock
    while path not in _leases:
        descriptor = locks.open_lock(path)
        if not locks.wait_lock(descriptor, seconds=WAIT_SECONDS, shared=True):
            os.close(descriptor)
            mend = AFRESH.format(folder=layout.folder)
            message = f"The embedded servers take too long to stop. {mend}"
            raise EmbeddedError(message)
        if path.exists() and os.path.samestat(path.stat(), os.fstat(descriptor)):
            _leases[path] = descriptor
        else:
            # The folder was removed while we waited.
            os.close(descriptor)
            layout.create()


def is_anyone_using(layout: "Layout") -> bool:
    """Tell whether any process, this one included, uses the servers.

    Args:
        layout: The folder of the servers.

    Raises:
        OSError: If the lock file exists but cannot be opened.

    Returns:
        Whether the lease is taken.
    """
    if not layout.lease_lock.exists():
        return False
    descriptor = locks.open_lock(layout.lease_lock)
    try:
        return not locks.try_lock(descriptor)
    finally:
        os.close(descriptor)
