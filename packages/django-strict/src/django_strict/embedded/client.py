"""Using the servers: what Django's settings call."""

import os
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django_strict.embedded import lease, locks, wheels
from django_strict.embedded.access import Access
from django_strict.embedded.errors import AFRESH, OWN_SERVERS, EmbeddedError
from django_strict.embedded.launch import launch
from django_strict.embedded.layout import Layout
from django_strict.embedded.logs import log_tail
from django_strict.embedded.readiness import POSTGRES_READY, answers

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.embedded.addresses import Addresses

START_SECONDS: Final = 180.0
PATIENCE_SECONDS: Final = 2.0
TRIES: Final = 3

_known: "Final[dict[Path, Addresses]]" = {}


def acquire(folder: "Path") -> "Addresses":
    """Use the servers for the rest of this process's life, starting them if needed.

    Calling it again returns the same addresses. A server that ends comes back on its
    own, on the same port and with the same password.

    Args:
        folder: Where data, passwords and logs are kept, such as `.embedded` in the
            project; it is made if it is missing.

    Raises:
        EmbeddedError: If the servers cannot be used; the message says why and what to
            do.

    Returns:
        Where the servers listen; they answer when this function returns.
    """
    wheels.require_platform()
    layout = Layout(folder.resolve())
    addresses = _known.get(layout.folder)
    if addresses is None:
        try:
            layout.create()
            lease.take(layout)
            addresses = running(layout) or _start(layout)
        except OSError as error:
            message = (
                f"The embedded servers cannot use the folder {layout.folder}: {error}. "
                f"Make it yours and writable, or remove it. {OWN_SERVERS}"
            )
            raise EmbeddedError(message) from error
        _known[layout.folder] = addresses
    return addresses


def running(layout: Layout) -> "Addresses | None":
    """Look for servers that are up, without waiting.

    Args:
        layout: The folder of the servers.

    Raises:
        OSError: If a file cannot be read.

    Returns:
        Where they listen, or None if they do not both answer.
    """
    if not layout.keeper_pid.exists() or not locks.is_held(layout.keeper_lock):
        return None
    access = Access.load(layout.access)
    if access is None:
        return None
    if not answers(access.postgres_port, layout.postgres_pid, POSTGRES_READY):
        return None
    if not answers(access.valkey_port, layout.valkey_pid):
        return None
    return access.addresses()


@dataclass(slots=True)
class _Progress:
    """Tells a waiting person what takes so long.

    Attributes:
        is_first: Whether this is the first start, which everyone may read about.
    """

    is_first: bool
    _began: float = field(default_factory=time.monotonic, init=False)
    _told: bool = field(default=False, init=False)

    def tell(self) -> None:
        """Write one line, once, if waiting has become noticeable."""
        if self._told or time.monotonic() - self._began < PATIENCE_SECONDS:
            return
        self._told = True
        if self.is_first or sys.stderr.isatty():
            doing = "Setting up" if self.is_first else "Starting"
            sys.stderr.write(f"{doing} the embedded PostgreSQL and Valkey ...\n")
            sys.stderr.flush()


def _start(layout: Layout) -> "Addresses":
    """Start a keeper, or wait for the one that another process starts.

    Args:
        layout: The folder of the servers.

    Raises:
        EmbeddedError: If they cannot be started.
        OSError: If a file cannot be read or written.

    Returns:
        Where the servers listen.
    """
    wheels.require_wheels()
    progress = _Progress(is_first=not layout.postgres_data.exists())
    deadline = time.monotonic() + START_SECONDS
    tries = 0
    with closing(_StartLock(layout)) as start_lock:
        while time.monotonic() < deadline and tries <= TRIES:
            addresses = running(layout)
            if addresses is not None:
                return addresses
            if start_lock.try_take() and not locks.is_held(layout.keeper_lock):
                if tries > 0:
                    _raise_failure(layout)
                launch(layout)
                tries += 1
            progress.tell()
            time.sleep(locks.POLL_SECONDS)
    message = (
        "The embedded servers did not answer in time. "
        f"{log_tail(layout.keeper_log)}\n{AFRESH.format(folder=layout.folder)}"
    )
    raise EmbeddedError(message)


class _StartLock:
    """The right to start a keeper."""

    def __init__(self, layout: Layout) -> None:
        """Open the lock without taking it.

        Args:
            layout: The folder of the servers.
        """
        self._descriptor = locks.open_lock(layout.start_lock)
        self._taken = False

    def try_take(self) -> bool:
        """Take the lock unless another process has it.

        Returns:
            Whether this process has it.
        """
        self._taken = self._taken or locks.try_lock(self._descriptor)
        return self._taken

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)


def _raise_failure(layout: Layout) -> None:
    """Pass on what a keeper said before it gave up.

    Args:
        layout: The folder of the servers.

    Raises:
        EmbeddedError: If a keeper gave up; none was found dead otherwise.
    """
    try:
        said = layout.failure.read_text(encoding="utf-8")
    except FileNotFoundError:
        # It was killed; the caller starts another one.
        return
    message = said if OWN_SERVERS in said else f"{said}\n{OWN_SERVERS}"
    raise EmbeddedError(message)
