"""What nginx answers when the app behind it misbehaves: a stand-in for it does."""

import secrets
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from tests.stack.client import Client
from tests.stack.conftest import free_port
from tests.stack.stack import docker

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stack.client import Answer
    from tests.stack.stack import Stack

pytestmark = pytest.mark.docker
SERVICES = ("nginx",)
# Reads a request and then does what its path says.
APP: Final = """
import socketserver, time
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        path = self.rfile.readline().split()[1]
        length, said = 0, b""
        while line := self.rfile.readline().strip().lower():
            if line.startswith(b"content-length:"):
                length = int(line.split()[1])
            if line.startswith(b"x-echo:"):
                said = path
        self.rfile.read(length)
        if path == b"/slow":
            time.sleep(5)
        if path == b"/fine" or said:
            length = b"Content-Length: %d" % len(said)
            self.wfile.write(b"HTTP/1.1 200 OK\\r\\n%b\\r\\n\\r\\n%b" % (length, said))
        if path == b"/bloated":
            head = b"HTTP/1.1 200 OK\\r\\nX: " + b"x" * 100000
            self.wfile.write(head + b"\\r\\n\\r\\n")
socketserver.ThreadingTCPServer(("", 8000), Handler).serve_forever()
"""
FLOOD: Final = 600
UPLOADS: Final = 8  # limit_conn of nginx.conf
LARGEST: Final = 2  # MiB
ORIGINS: Final = ("https://a.example", "https://app.example.net:8443")
TIMEOUT_LINE: Final = "proxy_read_timeout 60s;"


@pytest.fixture(scope="module")
def client(
    stack: "Stack", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """Put the stack's nginx in front of an app that misbehaves.

    Args:
        stack: The stack whose images and certificate are used.
        tmp_path_factory: Where to put nginx's configuration.

    Yields:
        Sends requests through that nginx.
    """
    name = f"upstream-{secrets.token_hex(4)}"
    port = free_port()
    config = impatient(stack, tmp_path_factory.mktemp("nginx"))
    back = ("--detach", "--rm", "--network", name)
    docker("network", "create", name)
    try:
        python = ("--entrypoint", "python3.12", stack.image("manage"), "-c", APP)
        docker("run", *back, "--name", f"{name}-app", "--network-alias", "app", *python)
        docker(
            "run",
            *back,
            "--name",
            f"{name}-nginx",
            "--publish",
            f"127.0.0.1:{port}:8443",
            "--env",
            f"HTTPS_PORT={port}",
            "--env",
            "APP_ADDRESS=app:8000",
            "--env",
            "NGINX_LOCAL_RESOLVERS=127.0.0.11",
            "--env",
            "DJANGO_ALLOWED_HOSTS=localhost",
            "--env",
            f"MAX_BODY_MIB={LARGEST}",
            "--env",
            f"DJANGO_CORS_ORIGINS={', '.join(ORIGINS)}",
            "--volume",
            f"{stack.name}_certificates:/etc/nginx/certificates:ro",
            "--volume",
            f"{config}:/etc/nginx/nginx.conf:ro",
            stack.image("nginx"),
        )
        client = replace(stack.client, https_port=port)
        wait_for(client)
        yield client
    finally:
        docker("rm", "--force", f"{name}-app", f"{name}-nginx", check=False)
        docker("network", "rm", name, check=False)


def impatient(stack: "Stack", folder: "Path") -> "Path":
    """Write nginx's configuration with a shorter patience, and nothing else changed.

    Args:
        stack: The stack.
        folder: Where to put it.

    Returns:
        The file.
    """
    text = (stack.folder / "nginx" / "nginx.conf").read_text()
    assert text.count(TIMEOUT_LINE) == 1
    path = folder / "nginx.conf"
    path.write_text(text.replace(TIMEOUT_LINE, "proxy_read_timeout 1s;"))
    folder.chmod(0o755)
    path.chmod(0o644)
    return path


def wait_for(client: Client) -> None:
    """Wait until nginx and the app behind it answer.

    Args:
        client: Sends requests through nginx.
    """
    deadline = time.monotonic() + 20
    while True:
        try:
            if client.get("/fine").status == 200:
                return
        except OSError:
            assert time.monotonic() < deadline, "nginx did not start"
        assert time.monotonic() < deadline, "the app did not start"
        time.sleep(0.2)


@pytest.mark.parametrize("path", ["/broken", "/bloated"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_request_that_may_be_repeated_is_503(
    client: Client, method: str, path: str
) -> None:
    """The app broke off; the client is told to try again."""
    answer = client.request(method, path)
    assert (answer.status, answer.error_code()) == (503, "service_unavailable")
    assert answer.one("retry-after") == "5"


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_write_that_may_have_happened_is_502(client: Client, method: str) -> None:
    """The app broke off; nobody says that it is safe to try again."""
    answer = client.request(method, "/broken", {})
    assert (answer.status, answer.error_code()) == (502, "bad_gateway")
    assert answer.all("retry-after") == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_app_that_is_too_slow_is_504(client: Client, method: str) -> None:
    """It took the request and never answered."""
    answer = client.request(method, "/slow")
    assert (answer.status, answer.error_code()) == (504, "gateway_timeout")


def test_these_errors_carry_the_security_headers(client: Client) -> None:
    """As all answers of nginx do."""
    answer = client.get("/broken")
    assert answer.one("strict-transport-security").startswith("max-age=31536000")
    assert answer.one("x-content-type-options") == "nosniff"
    assert answer.one("x-request-id")


def every_error(client: Client, origin: str) -> "dict[int, Answer]":
    """Provoke nginx's own errors on a page of an origin.

    Args:
        client: Sends requests through nginx.
        origin: The origin.

    Returns:
        An answer of each status.
    """
    headers = {"Origin": origin}
    sent: tuple[tuple[str, str, object, dict[str, str]], ...] = (
        ("POST", "/broken", {}, {}),
        ("GET", "/broken", None, {}),
        ("GET", "/slow", None, {}),
        ("GET", "/static/nowhere", None, {}),
        ("POST", "/fine", b" " * (LARGEST * 2**20 + 1), {}),
        ("GET", "/fine?" + "a" * 8190, None, {}),
        ("GET", "/fine", None, {"X-Large": "a" * 9000}),
    )
    answers = [
        client.request(method, path, content, headers | more)
        for method, path, content, more in sent
    ]
    with ThreadPoolExecutor(40) as pool:
        flood = pool.map(
            lambda number: client.request("GET", f"/static/{number}", None, headers),
            range(FLOOD),
        )
        answers += [answer for answer in flood if answer.status == 429]
    time.sleep(2)  # until nginx has forgotten the flood: 200 requests, 100 a second
    return {answer.status: answer for answer in answers}


def test_a_body_reaches_the_app_up_to_the_number_of_the_environment(
    client: Client,
) -> None:
    """One byte over it is nginx's to refuse."""
    largest = b" " * (LARGEST * 2**20)
    assert client.request("POST", "/fine", largest).status == 200
    refused = client.request("POST", "/fine", largest + b" ")
    assert (refused.status, refused.error_code()) == (413, "request_too_large")


@pytest.mark.parametrize(
    "length", ["Content-Length: 100000", "Transfer-Encoding: chunked"]
)
def test_few_large_bodies_of_one_address_wait_at_once(
    client: Client, length: str
) -> None:
    """Its other requests go on, and a small body is none of these."""
    head = f"POST /fine HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n".encode()
    with ExitStack() as stack:
        for _ in range(UPLOADS):
            plain = socket.create_connection(("127.0.0.1", client.https_port), 5)
            secure = stack.enter_context(client.context.wrap_socket(plain))
            secure.sendall(head + b"1")
        time.sleep(0.2)
        refused = client.raw(head)
        assert (refused.status, refused.error_code()) == (429, "throttled")
        assert client.request("POST", "/fine", b" " * 99_999).status == 200
        assert client.get("/fine").status == 200


def test_a_large_body_belongs_to_a_write(client: Client) -> None:
    """Over HTTP/2 nothing says beforehand that a GET has one, and so nothing counts it."""
    for method, status in (("POST", 200), ("GET", 413), ("DELETE", 413)):
        answer = client.request(method, "/fine", b" " * (2**20 + 1))
        assert answer.status == status


@pytest.mark.parametrize("path", ["/a%2Fb?c=%20d&e", "//a/../b", "/?", "/%C3%A4"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_app_gets_a_path_as_it_was_sent(
    client: Client, method: str, path: str
) -> None:
    """Whichever of nginx's locations the request passes."""
    answer = client.request(method, path, headers={"X-Echo": "yes"})
    assert answer.body.decode() == path


@pytest.mark.parametrize("origin", ORIGINS)
def test_pages_of_listed_origins_read_these_errors(client: Client, origin: str) -> None:
    """A front end that could not would call them a broken network."""
    answers = every_error(client, origin)
    # nginx knows no header yet when it gives up on the request's line, or on its headers.
    unread = {answers.pop(414).status, answers.pop(431).status}
    assert unread == {414, 431}
    assert set(answers) == {404, 413, 429, 502, 503, 504}
    for answer in answers.values():
        assert answer.one("access-control-allow-origin") == origin
        assert (
            answer.one("access-control-expose-headers") == "Retry-After, X-Request-ID"
        )
        assert answer.one("vary") == "Origin"
        assert answer.all("access-control-allow-credentials") == []


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.net",
        "https://appxexample.net:8443",
        "https://a.example.evil.example",
        "https://a.exampl",
        ", ".join(ORIGINS),
        "null",
        "*",
    ],
)
def test_pages_of_other_origins_read_none(client: Client, origin: str) -> None:
    """However much theirs looks like a listed one; and no cache mixes them up."""
    answer = client.get("/broken", Origin=origin)
    assert answer.all("access-control-allow-origin") == []
    assert answer.one("vary") == "Origin"


def test_the_apps_own_answers_are_left_alone(client: Client) -> None:
    """They carry Django's headers; a second set would be refused by browsers."""
    answer = client.get("/fine", Origin=ORIGINS[0])
    assert answer.all("access-control-allow-origin") == []
