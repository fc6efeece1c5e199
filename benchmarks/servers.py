"""Running commands and servers, and measuring what their processes cost."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

import psutil
import psycopg
from redis import Redis

from benchmarks.record import Memory
from tests.helpers.serving import ask, free_port

COMMAND_SECONDS: Final = 900
START_SECONDS: Final = 60
STOP_SECONDS: Final = 40
# A line of PostgreSQL's log for each statement, by the simple or the extended protocol.
STATEMENT: Final = re.compile(rb"LOG:  (?:statement|execute [^:]+): ")


class CommandError(RuntimeError):
    """A command that failed: its output and its time would mean nothing."""


def run(command: list[str], folder: Path, variables: Mapping[str, str]) -> str:
    """Run a command that must succeed; nothing that it started outlives it."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A group of its own, so that `uv run poe test` ends with its tests.
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=COMMAND_SECONDS)
    finally:
        if process.poll() is None:
            stop(process)
    if process.returncode:
        message = f"{' '.join(command)} failed:\n{printed[-4000:]}"
        raise CommandError(message)
    return printed


@dataclass(frozen=True, slots=True)
class Server:
    """A web server at work on the loopback interface."""

    port: int
    process: psutil.Process
    # From the start of that process to the first 200.
    start_seconds: float

    def cpu_seconds(self) -> float:
        """Add up the processor time of all its processes."""
        return family_seconds(self.process)

    def worker_memory(self) -> Memory:
        """Measure its largest worker."""
        found = [worker.memory_full_info() for worker in self.process.children()]
        largest = max(found, key=lambda memory: memory.rss)
        return Memory(rss=largest.rss / 2**20, pss=largest.pss / 2**20)

    def wait_until_idle(self) -> None:
        """Wait until it has answered what the load generator left behind."""
        used = self.cpu_seconds()
        for _ in range(50):
            time.sleep(0.2)
            now = self.cpu_seconds()
            if now - used <= 0.02:  # noqa: PLR2004 - seconds: a tenth of one processor
                return
            used = now


@contextmanager
def serve(
    command: list[str], folder: Path, variables: Mapping[str, str], path: str
) -> Iterator[Server]:
    """Run gunicorn until the block ends; the first 200 for a path ends its start."""
    port = free_port()
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for this program, which then stops the server in order.
            start_new_session=True,
        )
    try:
        _wait_for_answer(process, port, path, log)
        seconds = time.perf_counter() - started
        yield Server(port, psutil.Process(process.pid), seconds)
    finally:
        stop(process)
        log.unlink()


class Databases:
    """The PostgreSQL and the Redis-protocol server that a project uses."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        """Find their processes, which must run on this machine."""
        self.url = database_url
        self.redis = Redis.from_url(redis_url)
        with psycopg.connect(database_url) as connection:
            backend = psutil.Process(connection.info.backend_pid)
            self.postgresql = psutil.Process(backend.ppid())

    def versions(self) -> dict[str, str]:
        """Name their versions."""
        with psycopg.connect(self.url) as connection:
            version = connection.info.parameter_status("server_version") or "?"
        valkey = str(self.redis.info()["valkey_version"])
        return {"PostgreSQL": version.split()[0], "Valkey": valkey}

    def cpu_seconds(self) -> float:
        """Add up the processor time of both, ended connections included."""
        info = self.redis.info()
        redis = float(info["used_cpu_user"]) + float(info["used_cpu_sys"])
        return family_seconds(self.postgresql) + redis

    def messages(self) -> int:
        """Count the messages that the Redis-protocol server has read, with this one."""
        return int(self.redis.info("everything")["total_reads_processed"])

    @contextmanager
    def statements(self) -> Iterator[Callable[[], int]]:
        """Let PostgreSQL log all statements until the block ends; yields a counter."""
        log = Path(f"/proc/{self.postgresql.pid}/fd/2")
        # Its working directory holds its data; the project's role may set nothing.
        settings = Path(self.postgresql.cwd()) / "postgresql.auto.conf"
        original = settings.read_text("utf-8")
        try:
            self._set_log_statement(
                settings, original + "log_statement = 'all'\n", "all"
            )
            yield lambda: len(STATEMENT.findall(log.read_bytes()))
        finally:
            self._set_log_statement(settings, original, "none")

    def _set_log_statement(self, settings: Path, text: str, wanted: str) -> None:
        """Give PostgreSQL other settings, and wait until it has read them."""
        settings.write_text(text, "utf-8")
        self.postgresql.send_signal(signal.SIGHUP)
        with psycopg.connect(self.url, autocommit=True) as connection:
            for _ in range(500):
                row = connection.execute("SHOW log_statement").fetchone()
                if row == (wanted,):
                    break
                time.sleep(0.02)


def family_seconds(process: psutil.Process) -> float:
    """Add up what a process and its children have computed."""
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children():
        # One that ended meanwhile is in its parent's count.
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return total


def _wait_for_answer(
    process: subprocess.Popen[bytes], port: int, path: str, log: Path
) -> None:
    """Wait until a server answers 200; it may not end or take too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            if ask(port, path).status == HTTPStatus.OK:
                return
        time.sleep(0.005)
    state = "ended" if process.poll() is not None else f"has no 200 for {path}"
    message = f"A server {state}. Its log ends with:\n{log.read_text()[-2000:]}"
    raise TimeoutError(message)


def stop(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """End a process, and by force what is left of its group."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
