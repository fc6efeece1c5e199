"""A connection is bounded in time, and in what waits on it."""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from apps.core.tests.wire import (
    CHUNKED,
    HEAD,
    LARGE,
    LIMITS,
    POST,
    assert_refused,
    connected,
    fields,
    run,
    tell,
)

if TYPE_CHECKING:
    from pytest_django import Settings

    from apps.core.tests.wire import Connection


def late(*parts: bytes, is_second: bool = False) -> bytes:
    """Send the beginning of a request, let time pass, and return what comes back."""

    async def scenario() -> bytes:
        """Send, wait, then read until the server closes."""
        async with connected() as connection:
            if is_second:
                await connection.arrived(HEAD + b"\r\n")
                await connection.answer()
            await connection.arrived(*parts)
            connection.clock.strike()
            return await connection.rest()

    return run(scenario())


@pytest.mark.parametrize(
    "parts",
    [(HEAD,), (POST + b"Content-Length: 9\r\n\r\n", b"a")],
    ids=["head", "body"],
)
@pytest.mark.parametrize("is_second", [False, True])
def test_request_that_does_not_come_is_refused(
    *, parts: tuple[bytes, ...], is_second: bool
) -> None:
    """A half-open connection does not stay for ever, the first request or a later."""
    received = late(*parts, is_second=is_second)
    assert_refused(received, HTTPStatus.REQUEST_TIMEOUT, "request_timeout")


def test_endless_body_is_refused_as_too_large(settings: "Settings") -> None:
    """Who never stops sending is told what is wrong."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    received = late(CHUNKED, b"bb8\r\n" + b"a" * 3000 + b"\r\n")
    too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert_refused(received, too_large, "request_too_large")


def test_silent_connection_is_closed() -> None:
    """Nothing was asked, so nothing is answered."""
    assert late() == b""


WAITING = b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_slow_answer_is_not_the_clients_fault() -> None:
    """The clock runs until a request is there, not until its answer is."""

    async def scenario() -> list[Any]:
        """Let time pass before the answer."""
        async with connected() as connection:
            await connection.arrived(WAITING[:9])
            await connection.arrived(WAITING[9:])
            connection.clock.strike()
            connection.app.go.set()
            return await connection.answer()

    assert run(scenario())[0] == ["host"]


def test_request_behind_a_slow_answer_is_waited_for() -> None:
    """Nobody reads it meanwhile; its time begins when the answer is there."""

    async def scenario() -> tuple[list[Any], list[Any], int]:
        """Let time pass while half a request waits for an answer."""
        async with connected() as connection:
            await connection.arrived(WAITING)
            await connection.app.entered.wait()
            await connection.arrived(POST + b"Content-Length: 2\r\n\r\na")
            connection.clock.strike()
            (before,) = connection.clock.due()
            connection.app.go.set()
            first = await connection.answer()
            (after,) = connection.clock.due()
            assert after is not before
            await connection.send(b"b")
            return first, await connection.answer(), len(connection.clock.due())

    first, second, due = run(scenario())
    assert [first[1], second[1]] == ["", "ab"]
    assert not due


def test_refusal_is_not_taken_for_an_earlier_answer() -> None:
    """While a request waits for its answer, a flood behind it ends the connection."""

    async def scenario() -> bytes:
        """Flood behind a request that is being served."""
        async with connected() as connection:
            await connection.arrived(WAITING)
            await connection.app.entered.wait()
            await connection.send(HEAD + fields(500))
            return await connection.rest()

    assert run(scenario()) == b""


def test_closed_connection_leaves_nothing_behind() -> None:
    """No timer keeps it alive."""

    async def scenario() -> int:
        """Send half a request and go away."""
        async with connected() as connection:
            await connection.arrived(HEAD)
            assert connection.clock.due()
            connection.writer.close()
            await connection.until(lambda: connection.server.parser is None)
            return len(connection.clock.due())

    assert not run(scenario())


def test_empty_lines_hold_no_connection() -> None:
    """They begin no request, and what follows an answer is waited for no longer."""

    async def scenario() -> bytes:
        """Send some behind an answer, then let time pass."""
        async with connected() as connection:
            await connection.arrived(HEAD + b"\r\n")
            await connection.answer()
            await connection.arrived(b"\r\n")
            connection.clock.strike()
            return await connection.rest()

    assert run(scenario()) == b""


def test_head_behind_another_request_is_bounded_too() -> None:
    """Whatever came before it in the same packet."""
    large = HEAD + b"X: " + b"a" * 1000 + b"\r\n\r\n"
    received = tell(HEAD + b"\r\n" + large)
    assert received.count(b"HTTP/1.1 ") <= 1
    assert b"x-0" not in received


def test_few_requests_wait_for_an_earlier_answer() -> None:
    """They are answered in their order; a flood of them ends the connection."""

    async def scenario(count: int) -> bytes:
        """Send requests behind one that is being served."""
        async with connected() as connection:
            await connection.arrived(WAITING)
            await connection.app.entered.wait()
            await connection.send((HEAD + b"\r\n") * count)
            if count <= LIMITS.waiting:
                connection.app.go.set()
                return bytes(len([await connection.answer() for _ in range(count + 1)]))
            return await connection.rest()

    assert len(run(scenario(LIMITS.waiting))) == LIMITS.waiting + 1
    assert run(scenario(10_000)) == b""


async def left_alone(connection: "Connection") -> None:
    """Go away, and wait until nobody works for the connection any more."""
    connection.writer.close()
    await connection.until(lambda: connection.server.parser is None)
    await asyncio.gather(*connection.server.tasks)


def test_refused_body_leaves_no_task_behind(settings: "Settings") -> None:
    """What was sent behind it is not looked at, and a stop has nothing to wait for."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    body = POST + b"Content-Length: 2001\r\n\r\n" + b"a" * 2001

    async def scenario() -> bytes:
        """Send it with a request behind it."""
        async with connected() as connection:
            await connection.send(body + HEAD + b"\r\n")
            received = await connection.rest()
            await left_alone(connection)
            assert not connection.server.pipeline
            return received

    received = run(scenario())
    too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert_refused(received, too_large, "request_too_large")


def test_view_is_told_that_its_connection_ended() -> None:
    """Even when other requests came behind its own."""

    async def scenario() -> None:
        """Flood the connection behind a view that waits for its end."""
        async with connected() as connection:
            await connection.arrived(b"GET /leave HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await connection.app.entered.wait()
            await connection.send((HEAD + b"\r\n") * 10_000)
            await left_alone(connection)

    run(scenario())


def test_answer_that_nobody_reads_ends_the_connection() -> None:
    """Its client may be slow, not idle."""

    async def scenario() -> None:
        """Ask for more than the network holds, and read nothing of it."""
        async with connected() as connection:
            connection.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await connection.arrived(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await connection.until(lambda: connection.server.flow.write_paused)
            connection.clock.strike()
            await connection.until(lambda: connection.server.parser is None)
            await left_alone(connection)

    run(scenario())


def test_slow_reader_is_waited_for() -> None:
    """As long as something was read since the last look."""

    async def scenario() -> int:
        """Read a part, then let time pass."""
        async with connected() as connection:
            connection.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await connection.arrived(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await connection.until(lambda: connection.server.flow.write_paused)
            before = connection.server.transport.get_write_buffer_size()
            connection.writer.transport.resume_reading()  # type: ignore[attr-defined]
            size = 0
            while connection.server.transport.get_write_buffer_size() == before:
                size += len(await connection.reader.read(65536))
            connection.clock.strike()
            while size < LARGE and (part := await connection.reader.read(2**20)):
                size += len(part)
            return size

    assert run(scenario()) >= LARGE
