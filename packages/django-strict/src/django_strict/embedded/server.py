"""One server program: starting, watching and stopping it."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django_strict.embedded import locks, processes
from django_strict.embedded.errors import AFRESH, EmbeddedError
from django_strict.embedded.logs import log_tail, open_log
from django_strict.embedded.readiness import answers

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.embedded.account import Account

STOP_SECONDS: Final = 15.0
KILL_SECONDS: Final = 5.0


@dataclass(slots=True)
class Server:
    """A server program that lives as long as a lock is held.

    The program and its own children inherit the locked descriptor, so the lock tells
    whether any of them lives, whoever started them: no process id can be mistaken for
    another's, and nothing is started twice on the same data.

    Attributes:
        name: What people call it.
        command: The program and its arguments.
        account: Who runs it.
        folder: The folder it is started in.
        log: Where its output goes.
        alive: The file it keeps locked.
        pid_file: Where it writes its process id.
        port: The port it listens on.
        stop_signal: What makes it end in good order.
        mark: What only its command line holds, to recognise its process by.
        configuration: What it reads from standard input.
        ready_word: What `pid_file` ends with once it is ready, if it says so.
    """

    name: str
    command: tuple[str, ...]
    account: "Account"
    folder: "Path"
    log: "Path"
    alive: "Path"
    pid_file: "Path"
    port: int
    stop_signal: signal.Signals
    mark: str
    configuration: str = ""
    ready_word: str = ""
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _pid: int | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the program; `wait_ready` tells when it answers.

        Raises:
            EmbeddedError: If it runs already.
            OSError: If it cannot be started.
        """
        descriptor = locks.open_lock(self.alive)
        try:
            if not locks.try_lock(descriptor):
                message = f"{self.name} is still running on {self.folder}."
                raise EmbeddedError(message)
            self._remove_pid_file()
            with open_log(self.log) as log:
                self._child = self.account.popen(
                    self.command,
                    folder=self.folder,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    keep=[descriptor],
                )
        finally:
            os.close(descriptor)
        self._pid = self._child.pid
        if self._child.stdin is not None:
            # A program that ended at once has said why in its log.
            with suppress(BrokenPipeError), self._child.stdin as pipe:
                pipe.write(self.configuration.encode())

    def wait_ready(self, *, seconds: float) -> None:
        """Wait until the program answers.

        Args:
            seconds: How long to wait at most.

        Raises:
            EmbeddedError: If it ends or takes too long.
        """
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            ended = not self.is_alive()
            if ended or time.monotonic() > deadline:
                what = "did not start" if ended else "did not answer in time"
                mend = AFRESH.format(folder=self.alive.parent)
                message = f"{self.name} {what}. {log_tail(self.log)}\n{mend}"
                raise EmbeddedError(message)
            time.sleep(locks.POLL_SECONDS)
        self._pid = self.pid()

    def is_alive(self) -> bool:
        """Tell whether the program or a child of it still runs.

        Returns:
            Whether its lock is held.
        """
        if self._child is not None:
            self._child.poll()
        return locks.is_held(self.alive)

    def is_ready(self) -> bool:
        """Tell whether the program answers.

        Returns:
            Whether it accepts connections and is done with its start.
        """
        return answers(self.port, self.pid_file, self.ready_word)

    def pid(self) -> int | None:
        """Find the program's process, also if another process started it.

        Returns:
            Its process id, or None if it does not run.
        """
        if self._child is not None and self._child.poll() is None:
            return self._child.pid
        pid = processes.read_pid(self.pid_file)
        return pid if self._is_ours(pid) else None

    def stop(self) -> None:
        """End the program in good order, or by force if that takes too long."""
        for how, seconds in (
            (self.stop_signal, STOP_SECONDS),
            (signal.SIGKILL, KILL_SECONDS),
        ):
            self._send(self.pid(), how)
            deadline = time.monotonic() + seconds
            while self.is_alive() and time.monotonic() < deadline:
                time.sleep(locks.POLL_SECONDS)

    def abandon(self) -> None:
        """End the program although its folder, and so its lock, was removed."""
        pid = self._pid
        for how in (self.stop_signal, signal.SIGKILL):
            self._send(pid, how)
            deadline = time.monotonic() + KILL_SECONDS
            while self._is_ours(pid) and time.monotonic() < deadline:
                time.sleep(locks.POLL_SECONDS)

    def _is_ours(self, pid: int | None) -> bool:
        """Tell whether a process is this program and not one that got its number.

        Args:
            pid: A process id, if there is any.

        Returns:
            Whether its command line holds the mark.
        """
        if self._child is not None:
            self._child.poll()
        return pid is not None and self.mark in processes.command_line(pid)

    def _send(self, pid: int | None, how: signal.Signals) -> None:
        """Send a signal if the program still runs.

        Args:
            pid: The process id, if there is any.
            how: The signal.
        """
        if pid is not None and self._is_ours(pid):
            with suppress(ProcessLookupError):
                os.kill(pid, how)

    def _remove_pid_file(self) -> None:
        """Remove what a killed run left, so that its number cannot be mistaken.

        Raises:
            EmbeddedError: If the program runs, started by someone else.
        """
        pid = processes.read_pid(self.pid_file)
        if self._is_ours(pid):
            message = (
                f"{self.name} was started by hand on {self.folder} (process {pid}). "
                "Stop it, then try again."
            )
            raise EmbeddedError(message)
        self.pid_file.unlink(missing_ok=True)
