"""Serving a rendered project and asking it over HTTP."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.helpers.project import Project

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sent back.

    Attributes:
        status: HTTP status.
        kind: Media type.
        text: Body.
    """

    status: int
    kind: str
    text: str

    @property
    def content(self) -> Any:  # noqa: ANN401
        """The body, parsed as JSON."""
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Server:
    """A project that is being served.

    Attributes:
        project: The project.
        port: Its port on the loopback interface.
        log: What it prints.
        start_seconds: How long it took until it answered.
    """

    project: "Project"
    port: int
    log: "Path"
    start_seconds: float

    def ask(
        self,
        path: str,
        *,
        body: dict[str, object] | None = None,
        token: str = "",
        language: str = "",
    ) -> Answer:
        """Send a request.

        Args:
            path: Path with its leading slash.
            body: Sent as JSON with POST; without it the method is GET.
            token: API token to send.
            language: Language to ask for.

        Returns:
            The answer, whatever its status.
        """
        headers = {"Authorization": f"Token {token}"} if token else {}
        if language:
            headers["Accept-Language"] = language
        return ask(self.port, path, body=body, headers=headers)


def ask(
    port: int,
    path: str,
    *,
    body: dict[str, object] | None = None,
    headers: "Mapping[str, str]" = MappingProxyType({}),
    host: str = "127.0.0.1",
) -> Answer:
    """Send a request to a server on this machine.

    Args:
        port: Its port.
        path: Path with its leading slash.
        body: Sent as JSON with POST; without it the method is GET.
        headers: Headers to add.
        host: Its address.

    Returns:
        The answer, whatever its status.
    """
    sent, data = dict(headers), None
    if body is not None:
        sent["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://{bracketed(host)}:{port}{path}", data=data, headers=sent
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
            return Answer(
                answer.status, answer.headers.get_content_type(), answer.read().decode()
            )
    except urllib.error.HTTPError as error:
        with error:
            return Answer(
                error.code, error.headers.get_content_type(), error.read().decode()
            )


def bracketed(host: str) -> str:
    """Write an address as URLs want it.

    Args:
        host: The address.

    Returns:
        The same, an IPv6 address in brackets.
    """
    return f"[{host}]" if ":" in host else host


def free_port() -> int:
    """Find a port that nobody uses.

    Returns:
        Its number.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(project: "Project", host: str = "127.0.0.1") -> Iterator[Server]:
    """Run ``uv run poe serve`` until the block ends.

    Args:
        project: What to serve.
        host: The address to listen at.

    Raises:
        BaseException: Whatever the block raised, with the server's output as a note.

    Yields:
        The server, once it is healthy.
    """
    port = free_port()
    log = project.folder.parent / f"serve-{port}.log"
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["uv", "run", "poe", "serve", "--host", host, "--port", str(port)],
            cwd=project.folder,
            env=project.variables({}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            until_healthy(port, process, started + START_SECONDS, host)
            yield Server(project, port, log, time.monotonic() - started)
        except BaseException as error:
            error.add_note(f"The server's output:\n{log.read_text()[-8000:]}")
            raise
        finally:
            stop(process)


def until_healthy(
    port: int,
    process: subprocess.Popen[bytes],
    deadline: float,
    host: str = "127.0.0.1",
) -> None:
    """Wait for a healthy answer.

    Args:
        port: Port of the server.
        process: Its process.
        deadline: Monotonic time at which waiting ends.
        host: Its address.

    Raises:
        TimeoutError: If it is not healthy in time, or ended.
    """
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if ask(port, "/api/health/", host=host).status == HTTPStatus.OK:
                return
        except OSError:
            pass
        time.sleep(0.05)
    message = f"The server is not healthy (exit status {process.poll()})."
    raise TimeoutError(message)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server as a terminal does, and its whole process group if that fails.

    Args:
        process: Leader of the server's process group.

    Raises:
        subprocess.TimeoutExpired: If it had to be killed.
    """
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
