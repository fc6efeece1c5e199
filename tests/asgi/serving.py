"""A rendered project behind gunicorn, and servers that tests may break."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from django_strict.servers import start

if TYPE_CHECKING:
    from http.client import HTTPMessage

    from django_strict.servers import Addresses
    from tests.helpers.project import Project

PATIENCE: Final = 30.0  # seconds
GUNICORN: Final = (
    *("gunicorn", "config.asgi:application"),
    *("-c", "config/gunicorn.conf.py"),
)
# The line of config/asgi.py that chooses the handler, and its counterpart.
WITH: Final = "from django_strict_asgi import get_asgi_application"
WITHOUT: Final = "from django.core.asgi import get_asgi_application"
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
        headers: The headers.
    """

    status: int
    body: Any
    seconds: float
    headers: "HTTPMessage"

    @property
    def request_id(self) -> str:
        """The id of the request."""
        return str(self.headers["X-Request-ID"])


class Backends:
    """A PostgreSQL and a Redis-protocol server that nobody else uses."""

    def __init__(self, folder: Path) -> None:
        """Start them.

        Args:
            folder: An empty folder.
        """
        self._folder = folder
        self.addresses: Addresses = start(folder)
        self._is_migrated = False

    def migrate(self, project: "Project", environment: dict[str, str]) -> None:
        """Make the tables, once.

        Args:
            project: The project.
            environment: Its variables.
        """
        if not self._is_migrated:
            command = ("python", "manage.py", "migrate", "--verbosity=0")
            project.run("uv", "run", *command, extra=environment)
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
    def ending(self, name: str, how: signal.Signals) -> Iterator[None]:
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
    def hanging(self, name: str) -> Iterator[None]:
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
            answer.headers,
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
    project: "Project",
    backends: Backends,
    folder: Path,
    *options: str,
    log: Path | None = None,
    **variables: str,
) -> Iterator["Served"]:
    """Serve the project as production does, with backends of its own.

    Args:
        project: The project.
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
        "DJANGO_ENVIRONMENT": "local",
        "DJANGO_LOG_LEVEL": "INFO",
        "DJANGO_LOG_FORMAT": "json",
        "DJANGO_SECRET_KEY": "fault-injection-" * 4,
        "DATABASE_URL": backends.addresses.database_url,
        "REDIS_URL": backends.addresses.redis_url,
        "WEB_CONCURRENCY": "2",
        **variables,
    }
    backends.migrate(project, environment)
    gunicorn = project.environment_folder / "bin" / GUNICORN[0]
    with path.open("wb") as stream:
        process = subprocess.Popen(
            [gunicorn, *GUNICORN[1:], "--bind", f"127.0.0.1:{port}", *options],
            cwd=project.folder,
            env=project.variables(environment),
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
