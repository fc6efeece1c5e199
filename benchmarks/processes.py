"""Starting servers, and what the kernel says they cost."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.helpers.serving import ask, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 40.0
TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Running:
    """A server at work.

    Attributes:
        port: Its port on the loopback interface.
        process: Its main process.
        cold_start: Seconds from its start to the first answer.
    """

    port: int
    process: "subprocess.Popen[bytes]"
    cold_start: float

    def cpu_seconds(self) -> float:
        """Add up what all its processes have used.

        Returns:
            Seconds of processor time.
        """
        total = 0
        for pid in (self.process.pid, *self.workers()):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def workers(self) -> list[int]:
        """List its worker processes.

        Returns:
            Their ids.
        """
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in children.split()]

    def worker_memory(self) -> float:
        """Measure its largest worker.

        Returns:
            Resident memory in MB.
        """
        return max(_resident(pid) for pid in self.workers())


def _resident(pid: int) -> float:
    """Measure a process.

    Args:
        pid: Its id.

    Returns:
        Resident memory in MB.
    """
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@contextmanager
def running(
    command: list[str], folder: Path, variables: "Mapping[str, str]", path: str
) -> Iterator[Running]:
    """Run gunicorn until the block ends.

    Args:
        command: Its command line, without the address.
        folder: Where to run it.
        variables: Its environment.
        path: Path whose first answer ends the cold start.

    Yields:
        The server.
    """
    port = free_port()
    with (folder / f"server-{port}.log").open("wb") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for_answer(process, port, path, started + START_SECONDS)
        yield Running(port, process, time.perf_counter() - started)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for_answer(
    process: "subprocess.Popen[bytes]", port: int, path: str, deadline: float
) -> None:
    """Wait until a server answers.

    Args:
        process: Its main process.
        port: Its port.
        path: What to ask for.
        deadline: When to give up, as ``time.perf_counter`` counts.

    Raises:
        TimeoutError: If it does not answer in time, or ended.
    """
    while time.perf_counter() < deadline and process.poll() is None:
        try:
            ask(port, path)
        except OSError:
            time.sleep(0.005)
        else:
            return
    message = f"The server does not answer (exit status {process.poll()})."
    raise TimeoutError(message)
