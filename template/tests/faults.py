"""Servers of their own for tests that break them."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from django_strict.servers import start, stop
from redis import Redis
from redis.exceptions import RedisError

from tests.environments import ROOT, inherited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.servers import Addresses

PATIENCE: Final = 30.0  # seconds
COMMAND: Final = (
    *("-m", "gunicorn", "config.asgi:application"),
    *("-c", "config/gunicorn.conf.py"),
)
# How each server is told to end in good order, as its service manager would.
STOP: Final = {"postgres": signal.SIGINT, "valkey": signal.SIGTERM}
PID_FILES: Final = {
    "postgres": "postgres/postmaster.pid",
    "valkey": "valkey/valkey.pid",
}


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: Status code.
        body: The parsed JSON.
        seconds: How long it took.
        request_id: The id of the request.
    """

    status: int
    body: Any
    seconds: float
    request_id: str


class Backends:
    """A PostgreSQL and a Redis-protocol server that nobody else uses."""

    def __init__(self, folder: Path) -> None:
        """Start them.

        Args:
            folder: An empty folder.
        """
        self._folder = folder
        self.addresses: Addresses = start(folder)
        atexit.register(stop, folder)
        self._is_migrated = False

    def migrate(self, environment: dict[str, str]) -> None:
        """Make the tables, once.

        Args:
            environment: The environment of the project.
        """
        if not self._is_migrated:
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity=0"],
                cwd=ROOT,
                env=environment,
                check=True,
            )
        self._is_migrated = True

    def pid(self, name: str) -> int:
        """Find the main process of a server.

        Args:
            name: ``postgres`` or ``valkey``.

        Returns:
            Its id.
        """
        path = self._folder / PID_FILES[name]
        return int(path.read_text(encoding="ascii").split()[0])

    @contextmanager
    def ending(self, name: str, how: signal.Signals) -> "Iterator[None]":
        """End a server; it is started again.

        Args:
            name: ``postgres`` or ``valkey``.
            how: The signal; SIGKILL is a crash, ``STOP`` names those of good order.

        Raises:
            TimeoutError: If it does not come back.

        Yields:
            Nothing; afterwards the server is back.
        """
        before = self.pid(name)
        os.kill(before, how)
        yield
        deadline = time.monotonic() + PATIENCE
        while not self._is_back(name, before):
            if time.monotonic() > deadline:
                message = f"{name} was not started again."
                raise TimeoutError(message)
            start(self._folder)
            time.sleep(0.05)

    def _is_back(self, name: str, before: int) -> bool:
        """Tell whether another process of a server accepts connections.

        Args:
            name: ``postgres`` or ``valkey``.
            before: The process that was ended.

        Returns:
            Whether it does.
        """
        # There is no such file, or an empty one, while the server starts.
        with suppress(OSError, IndexError, psycopg.OperationalError, RedisError):
            if self.pid(name) == before:
                return False
            if name == "postgres":
                psycopg.connect(self.addresses.database_url).close()
            else:
                with closing(Redis.from_url(self.addresses.redis_url)) as client:
                    client.ping()
            return True
        return False

    @contextmanager
    def hanging(self, name: str) -> "Iterator[None]":
        """Stop all processes of a server, so that it accepts and never answers.

        Args:
            name: ``postgres`` or ``valkey``.

        Yields:
            Nothing; the server goes on afterwards.
        """
        main = self.pid(name)
        os.kill(main, signal.SIGSTOP)
        processes = [main, *children(main)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)


class Served:
    """The project behind gunicorn.

    Attributes:
        port: Its port.
        process: gunicorn's main process.
        log: What it prints.
    """

    def __init__(
        self, port: int, process: "subprocess.Popen[bytes]", log: Path
    ) -> None:
        """Remember where it is.

        Args:
            port: Its port.
            process: gunicorn's main process.
            log: What it prints.
        """
        self.port, self.process, self.log = port, process, log

    def ask(
        self, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send a request.

        Args:
            path: Its path.
            body: What to post as JSON; bytes go as they are.
            headers: Headers to add.

        Returns:
            The answer.
        """
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        started = time.monotonic()
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as http:
            http.request(
                "GET" if body is None else "POST",
                path,
                None if body is None else raw,
                {"Content-Type": "application/json", **(headers or {})},
            )
            answer = http.getresponse()
            text = answer.read()
        return Answer(
            answer.status,
            json.loads(text) if text else None,
            time.monotonic() - started,
            answer.headers["X-Request-ID"] or "",
        )

    def send(self, *parts: bytes) -> bytes:
        """Send bytes that need not be HTTP, and read until the server closes.

        Args:
            *parts: What to send; after each the server has a moment.

        Returns:
            What came back.
        """
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as client:
            client.settimeout(PATIENCE)
            with suppress(ConnectionError):
                for part in parts:
                    client.sendall(part)
                    time.sleep(0.05)
                client.shutdown(socket.SHUT_WR)
                while chunk := client.recv(65536):
                    received += chunk
        return received

    def flood(
        self, head: bytes, part: bytes, most: int, tail: bytes = b""
    ) -> tuple[int, bytes]:
        """Send a beginning, and then the same again and again.

        Args:
            head: The beginning.
            part: What follows it, repeatedly.
            most: Bytes after which it is enough.
            tail: What ends it then.

        Returns:
            Bytes that could be sent, and what came back.
        """
        sent, received = 0, b""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as client:
            # Who is refused while still sending is reset, and reads the answer first.
            with suppress(ConnectionError):
                client.sendall(head)
                while sent < most:
                    client.sendall(part)
                    sent += len(part)
                client.sendall(tail)
            with suppress(ConnectionError):
                while chunk := client.recv(65536):
                    received += chunk
        return sent, received

    def memory(self) -> int:
        """Measure the workers.

        Returns:
            The most memory that each of them ever had, in KiB, together.
        """
        total = 0
        for worker in children(self.process.pid):
            status = Path(f"/proc/{worker}/status").read_text(encoding="ascii")
            total += int(status.partition("VmHWM:")[2].split()[0])
        return total

    def written(self) -> int:
        """Measure what the workers wrote to files.

        Returns:
            Bytes, of all workers together.
        """
        total = 0
        for worker in children(self.process.pid):
            counters = Path(f"/proc/{worker}/io").read_text(encoding="ascii")
            total += int(counters.partition("wchar:")[2].split()[0])
        return total

    def until(self, path: str, status: int) -> Answer:
        """Ask until an answer has a certain status.

        Args:
            path: What to ask for.
            status: The status.

        Raises:
            TimeoutError: If it never comes.

        Returns:
            The answer.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(OSError, HTTPException):
                answer = self.ask(path)
                if answer.status == status:
                    return answer
            time.sleep(0.05)
        written = self.log.read_text()[-4000:] if self.log.is_file() else ""
        message = f"{path} is not {status}:\n{written}"
        raise TimeoutError(message)

    def lines(self, request_id: str) -> list[dict[str, Any]]:
        """Read the log lines of a request.

        Args:
            request_id: Its id.

        Returns:
            The lines, parsed.
        """
        texts = self.log.read_text(encoding="utf-8").splitlines()
        parsed = [json.loads(text) for text in texts if text.startswith("{")]
        return [line for line in parsed if line["request_id"] == request_id]


def children(pid: int) -> list[int]:
    """List the children of a process.

    Args:
        pid: The process.

    Returns:
        Their ids.
    """
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(fields[1]) == pid:
                found.append(int(stat.parent.name))
    return found


@contextmanager
def serving(
    backends: Backends,
    folder: Path,
    *options: str,
    log: Path | None = None,
    **variables: str,
) -> "Iterator[Served]":
    """Serve the project as production does, with backends of its own.

    Args:
        backends: Its servers.
        folder: Where the log goes.
        *options: Further options of gunicorn's.
        log: Another place for it.
        **variables: Further variables of its environment.

    Yields:
        The running project, once it is healthy.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    path = log or folder / f"{port}.log"
    environment = {
        **inherited(),
        "DJANGO_ENVIRONMENT": "local",
        "DJANGO_LOG_LEVEL": "INFO",
        "DJANGO_LOG_FORMAT": "json",
        "DJANGO_SECRET_KEY": "fault-injection-" * 4,
        "DATABASE_URL": backends.addresses.database_url,
        "REDIS_URL": backends.addresses.redis_url,
        "WEB_CONCURRENCY": "2",
        **variables,
    }
    backends.migrate(environment)
    with path.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, *COMMAND, "--bind", f"127.0.0.1:{port}", *options],
            cwd=ROOT,
            env=environment,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    served = Served(port, process, path)
    try:
        served.until("/api/health/live/", 200)
        yield served
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
            process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
