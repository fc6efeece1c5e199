"""Both entry points and the server in front of them serve the project."""

import io
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator

from config.asgi import application as asgi_application
from config.wsgi import application as wsgi_application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LIVE = "/api/health/live/"


def test_asgi_application_answers() -> None:
    """This is how the project is served."""

    async def ask() -> tuple[dict[str, Any], dict[str, Any]]:
        """Send one request."""
        scope = {
            "type": "http",
            "method": "GET",
            "path": LIVE,
            "headers": [(b"host", b"testserver")],
            "query_string": b"",
        }
        communicator = ApplicationCommunicator(asgi_application, scope)
        await communicator.send_input({"type": "http.request", "body": b""})
        start = await communicator.receive_output(timeout=5)
        body = await communicator.receive_output(timeout=5)
        await communicator.wait()
        return start, body

    start, body = async_to_sync(ask)()
    assert start["status"] == HTTPStatus.OK
    assert body["body"] == b'{"status": "alive"}'


@pytest.mark.django_db
def test_wsgi_application_answers() -> None:
    """The fallback works, async views included."""
    environ: dict[str, Any] = {
        "PATH_INFO": LIVE,
        "HTTP_HOST": "testserver",
        "wsgi.input": io.BytesIO(),
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start_response(status: str, *_: object) -> "Callable[[bytes], object]":
        """Remember the status."""
        statuses.append(status)
        return io.BytesIO().write

    body: Iterable[bytes] = wsgi_application(environ, start_response)
    assert b"".join(body) == b'{"status": "alive"}'
    assert statuses == ["200 OK"]
