"""The keeper: one background process that runs the servers for everyone.

A second, idle process stands by, blocked on the keeper's lock. The kernel releases
that lock when the keeper is killed, and the stand-by takes over what is left running.
"""

import argparse
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django_strict.embedded import locks, pair
from django_strict.embedded.backoff import Backoff
from django_strict.embedded.errors import AFRESH, EmbeddedError
from django_strict.embedded.launch import command
from django_strict.embedded.layout import Layout, write_private
from django_strict.project import ROOT

if TYPE_CHECKING:
    from types import FrameType

    from django_strict.embedded.server import Server

TICK_SECONDS: Final = 0.25
GRACE_SECONDS: Final = 2.0
LOCK_SECONDS: Final = 2.0

logger = logging.getLogger(__name__)


class Keeper:
    """Runs the servers as long as anyone uses them."""

    def __init__(self, layout: Layout, lock: int) -> None:
        """Prepare to keep the servers.

        Args:
            layout: The folder of the servers.
            lock: The descriptor of the keeper's lock, which this process holds.
        """
        self._layout = layout
        self._lock = lock
        self._lease = locks.open_lock(layout.lease_lock)
        self._servers: list[Server] = []
        self._backoffs: dict[str, Backoff] = {}
        self._stand_by: subprocess.Popen[bytes] | None = None
        self._last_used = time.monotonic()
        self._told_to_end = False

    def run(self) -> int:
        """Bring up the servers, keep them up, and end with the last user.

        Returns:
            The exit status.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        try:
            self._servers = pair.bring_up(self._layout)
        except (EmbeddedError, OSError) as error:
            logger.exception("The servers cannot be started")
            write_private(self._layout.failure, self._explain(error))
            return 1
        self._backoffs = {server.name: Backoff() for server in self._servers}
        write_private(self._layout.keeper_pid, f"{os.getpid()}\n")
        logger.info("The servers are up")
        while not self._is_lost():
            if self._told_to_end or self._is_unused():
                self._end()
                return 0
            self._keep_stand_by()
            self._keep_servers()
            time.sleep(TICK_SECONDS)
        logger.warning("The folder was removed or moved; stopping its servers")
        self._end_stand_by()
        for server in self._servers:
            server.abandon()
        return 0

    def _on_signal(self, _number: int, _frame: "FrameType | None") -> None:
        """Note that the keeper was told to end.

        Args:
            _number: The signal.
            _frame: Where it arrived.
        """
        self._told_to_end = True

    def _explain(self, error: EmbeddedError | OSError) -> str:
        """Say in words for people why the servers cannot be started.

        Args:
            error: What happened.

        Returns:
            The message that users of the servers show.
        """
        if isinstance(error, EmbeddedError):
            return str(error)
        mend = AFRESH.format(folder=self._layout.folder)
        return f"The embedded servers cannot be started: {error}. {mend}"

    def _is_lost(self) -> bool:
        """Tell whether the folder is no longer the one that this keeper keeps.

        Returns:
            Whether the lock file was removed, moved or replaced.
        """
        try:
            there = self._layout.keeper_lock.stat()
        except OSError:
            return True
        here = os.fstat(self._lock)
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)

    def _is_unused(self) -> bool:
        """Tell whether nobody has used the servers for a while.

        Returns:
            Whether that is so; then the lease stays locked, so that new users wait
            until this keeper has ended.
        """
        if not locks.try_lock(self._lease):
            self._last_used = time.monotonic()
        elif time.monotonic() - self._last_used > GRACE_SECONDS:
            return True
        else:
            locks.unlock(self._lease)
        return False

    def _keep_stand_by(self) -> None:
        """Start the process that takes over if this one is killed."""
        if self._stand_by is None or self._stand_by.poll() is not None:
            self._stand_by = subprocess.Popen(
                command(self._layout.folder, "--stand-by"),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _end_stand_by(self) -> None:
        """End the stand-by process before the lock becomes free."""
        if self._stand_by is not None:
            self._stand_by.kill()
            self._stand_by.wait()

    def _keep_servers(self) -> None:
        """Start again what has ended, on the port that living users know."""
        for server in self._servers:
            backoff = self._backoffs[server.name]
            if server.is_alive():
                backoff.note_alive()
            elif backoff.is_over():
                logger.warning("%s has ended; starting it again", server.name)
                backoff.note_start()
                try:
                    server.start()
                except (EmbeddedError, OSError):
                    logger.exception("%s cannot be started", server.name)

    def _end(self) -> None:
        """Stop the servers in good order."""
        logger.info("Stopping the servers")
        self._layout.keeper_pid.unlink(missing_ok=True)
        self._end_stand_by()
        pair.stop(self._servers)
        logger.info("The servers have stopped")


def main(arguments: list[str] | None = None) -> int:
    """Keep the servers of a folder, or stand by.

    Args:
        arguments: The command line without the program; None means this process's.

    Returns:
        The exit status. Without `--stand-by` the caller gets it as soon as the lock is
        held, and the keeper goes on in the background.
    """
    parser = argparse.ArgumentParser(prog="python -m django_strict.embedded.keeper")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stand-by", action="store_true")
    options = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(message)s"
    )
    layout = Layout(options.folder)
    lock = locks.open_lock(layout.keeper_lock)
    if options.stand_by:
        locks.lock(lock)
        logger.warning("The keeper was killed; taking over")
    elif not locks.wait_lock(lock, seconds=LOCK_SECONDS):
        # Another keeper was quicker.
        return 0
    elif os.fork() > 0:
        # The child keeps the lock. Reaped by the caller, this process leaves no zombie
        # behind, and the keeper belongs to nobody whose end it would share.
        return 0
    return Keeper(layout, lock).run()


if __name__ == "__main__":
    sys.exit(main())
