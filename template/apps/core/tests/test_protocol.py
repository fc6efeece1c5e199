"""What comes in is bounded: in size and in number."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from apps.core.tests.wire import (
    CHUNKED,
    HEAD,
    POST,
    assert_refused,
    connected,
    fields,
    run,
    tell,
)

if TYPE_CHECKING:
    from pytest_django import Settings

    from tests.conftest import LogLines

MEGABYTE = b"b" * 2**20  # more than is read at once
LARGE = (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large")
LONG = (HTTPStatus.REQUEST_URI_TOO_LONG, "uri_too_long")
TOO_MUCH = {
    "fields": ((HEAD + fields(10) + b"\r\n",), *LARGE),
    "field": ((HEAD + b"X: " + b"a" * 1000 + b"\r\n\r\n",), *LARGE),
    "endless field": ((HEAD + b"X: ", b"a" * 1000), *LARGE),
    "endless fields": ((HEAD, fields(200)), *LARGE),
    "path": ((b"GET /" + b"a" * 100 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",), *LONG),
    "endless path": ((b"GET /", b"a" * 1000), *LONG),
    "empty lines": ((b"\r\n" * 501,), *LARGE),
    "extension": ((CHUNKED, b"1;a=", MEGABYTE), *LARGE),
    "trailer": ((CHUNKED, b"1\r\na\r\n0\r\nX: ", MEGABYTE), *LARGE),
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_head_that_is_too_large_is_refused(kind: str, log_lines: "LogLines") -> None:
    """The client gets the envelope, and the log its cause with the same id."""
    parts, status, code = TOO_MUCH[kind]
    answer_id = assert_refused(tell(*parts), status, code)
    (line,) = log_lines("apps.core.protocol")
    assert line["request_id"] == answer_id
    assert "127.0.0.1" in line["message"]


def test_what_is_no_http_is_refused() -> None:
    """The parser's own complaints have the envelope too."""
    received = tell(b"nonsense\r\n\r\n")
    assert_refused(received, HTTPStatus.BAD_REQUEST, "bad_request")


def test_limits_are_exact() -> None:
    """What just fits is served, one request after the other."""

    async def scenario() -> list[list[Any]]:
        """Ask on one connection, in all more than one head may hold."""
        async with connected() as connection:
            answers = []
            for _ in range(6):
                path = b"/" + b"a" * 99
                request = b"GET %b HTTP/1.1\r\nHost: localhost\r\n" % path
                await connection.send(request + fields(9) + b"\r\n")
                answers.append(await connection.answer())
            return answers

    expected = [["host", *(f"x-{number}" for number in range(9))], ""]
    assert run(scenario()) == [expected] * 6


def test_body_is_no_part_of_the_head(settings: "Settings") -> None:
    """Each may be larger than a head, however it is cut into packets."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 3000

    async def scenario() -> list[list[Any]]:
        """Send a body with the head, behind it, and in chunks."""
        body = b"b" * 3000
        sized = POST + b"Content-Length: 3000\r\n\r\n"
        chunks = b"".join(b"1\r\nb\r\n" for _ in range(3000)) + b"0\r\n\r\n"
        async with connected() as connection:
            answers = []
            pieces = [body[start : start + 600] for start in range(0, 3000, 600)]
            for parts in ([sized + body], [sized, *pieces], [CHUNKED, chunks]):
                for part in parts:
                    await connection.arrived(part)
                answers.append(await connection.answer())
            return answers

    assert [len(answer[1]) for answer in run(scenario())] == [3000] * 3


def test_trailer_is_no_header() -> None:
    """What follows the body cannot pose as what the proxy wrote before it."""

    async def scenario() -> list[Any]:
        """Send a trailer."""
        async with connected() as connection:
            await connection.send(
                CHUNKED, b"1\r\na\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
            )
            return await connection.answer()

    assert run(scenario()) == [["host", "transfer-encoding"], "a"]


@pytest.mark.parametrize(
    "parts",
    [
        (POST + b"Content-Length: 2001\r\n\r\n", b"a" * 2001),
        (CHUNKED, b"7d0\r\n" + b"a" * 2000 + b"\r\n1\r\na\r\n0\r\n\r\n"),
    ],
    ids=["length", "chunks"],
)
def test_body_that_is_too_large_reaches_nobody(
    parts: tuple[bytes, ...], settings: "Settings"
) -> None:
    """It is dropped as it comes, whether its length was told or not."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000

    async def scenario() -> tuple[bytes, list[str], int]:
        """Send it, and look what came through."""
        async with connected() as connection:
            for part in parts:
                await connection.arrived(part)
            received = await connection.rest()
            return received, connection.app.served, connection.app.size

    received, served, size = run(scenario())
    too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert_refused(received, too_large, "request_too_large")
    assert not served
    assert size <= 2000  # noqa: PLR2004 - the limit


def test_body_that_says_it_is_too_large_is_not_kept(settings: "Settings") -> None:
    """Not even its beginning, which many clients at once could fill a worker with."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000

    async def scenario() -> int:
        """Send the first half of it."""
        async with connected() as connection:
            await connection.arrived(POST + b"Content-Length: 2001\r\n\r\n", b"a" * 999)
            return len(connection.server.cycle.body) + connection.app.size

    assert not run(scenario())


def test_body_that_is_too_large_need_not_be_sent(settings: "Settings") -> None:
    """Who asks before sending it, as curl does, is refused at once."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    received = tell(POST + b"Content-Length: 2001\r\nExpect: 100-continue\r\n\r\n")
    too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert_refused(received, too_large, "request_too_large")


def test_body_may_be_as_large_as_django_allows(settings: "Settings") -> None:
    """None means no limit, as everywhere in Django."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None

    async def scenario() -> list[Any]:
        """Send a body."""
        async with connected() as connection:
            await connection.send(POST + b"Content-Length: 3\r\n\r\nabc")
            return await connection.answer()

    assert run(scenario())[1] == "abc"
