"""Starting servers and stopping them, whatever happens meanwhile."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from benchmarks import kernel
from tests.helpers.serving import ask, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.record import Memory

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 40.0
# A server that computes less in a fifth of a second is idle; waiting ends after a while.
PAUSE: Final = 0.2
IDLE: Final = 0.02
PAUSES: Final = 50


@dataclass(frozen=True, slots=True)
class Running:
    """A server at work.

    Attributes:
        port: Its port on the loopback interface.
        pid: Id of its main process.
        cold_start: Seconds from the start of that process to the first 200.
        log: What it prints.
    """

    port: int
    pid: int
    cold_start: float
    log: "Path"

    def cpu_seconds(self) -> float:
        """Add up what all its processes have computed.

        Returns:
            Seconds of processor time.
        """
        return kernel.family_seconds(self.pid)

    def worker_memory(self) -> "Memory":
        """Measure its largest worker.

        Returns:
            The memory.
        """
        workers = [kernel.memory(pid) for pid in kernel.children(self.pid)]
        return max(workers, key=lambda found: found.rss)

    def until_idle(self) -> None:
        """Wait until it has done what the load generator left behind."""
        used = self.cpu_seconds()
        for _ in range(PAUSES):
            time.sleep(PAUSE)
            now = self.cpu_seconds()
            if now - used <= IDLE:
                return
            used = now


@contextmanager
def running(
    command: list[str], folder: "Path", variables: "Mapping[str, str]", path: str
) -> Iterator[Running]:
    """Run gunicorn until the block ends.

    Args:
        command: Its command line, without the address.
        folder: Where to run it.
        variables: Its environment.
        path: Path whose first 200 ends the cold start.

    Raises:
        Exception: Whatever the block raised, with the server's last words as a note.

    Yields:
        The server.
    """
    port = free_port()
    output = folder / f"server-{port}.log"
    with output.open("wb") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for this program, which then stops the server in order.
            start_new_session=True,
        )
    try:
        _wait_for_answer(process, port, path)
        seconds = time.perf_counter() - started
        yield Running(port, process.pid, seconds, output)
    except Exception as error:
        error.add_note(f"The server's last words:\n{_last_words(output)}")
        raise
    finally:
        _stop(process)
        output.unlink()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End a server, by force if need be.

    Args:
        process: Its main process.
    """
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for_answer(process: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    """Wait until a server answers 200.

    Args:
        process: Its main process.
        port: Its port.
        path: What to ask for.

    Raises:
        TimeoutError: If it does not in time, or ended.
    """
    started = time.perf_counter()
    while time.perf_counter() - started < START_SECONDS and process.poll() is None:
        try:
            if ask(port, path).status == HTTPStatus.OK:
                return
        except OSError:
            pass
        time.sleep(0.005)
    state = "ended" if process.poll() is not None else f"has no 200 for {path}"
    message = f"A server {state}."
    raise TimeoutError(message)


def _last_words(log: "Path") -> str:
    """Read the end of a server's log.

    Args:
        log: What it printed.

    Returns:
        The last lines.
    """
    return log.read_text(errors="replace")[-2000:]
