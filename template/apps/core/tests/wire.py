"""A client and a server with small limits, and a clock that a test sets."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, override

from uvicorn import Config
from uvicorn.server import ServerState

from apps.core.limits import Limits
from apps.core.protocol import BoundedProtocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from http import HTTPStatus

PATIENCE = 10  # seconds
HEAD = b"GET /here HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /here HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LARGE = 32 * 2**20  # bytes, more than the network between two processes holds
LIMITS = Limits(line=100, fields=10, head=1000, seconds=PATIENCE, waiting=3)


@dataclass
class App:
    """An application that answers with the headers and the body it got.

    Attributes:
        go: Lets a request for "/wait" be answered.
        entered: Set by such a request.
        served: Paths of the requests that came in whole.
        size: Bytes of all bodies.
    """

    go: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    served: list[str] = field(default_factory=list)
    size: int = 0

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: "Callable[[], Awaitable[dict[str, Any]]]",
        send: "Callable[[dict[str, Any]], Awaitable[None]]",
    ) -> None:
        """Answer a request."""
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            self.size += len(message["body"])
            more = message["more_body"]
        self.served.append(scope["path"])
        if scope["path"] == "/wait":
            self.entered.set()
            await self.go.wait()
        if scope["path"] == "/leave":
            self.entered.set()
            await receive()
            return
        names = [name.decode() for name, _ in scope["headers"]]
        text = json.dumps([names, body.decode()]).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/large":
            part = b"a" * LARGE
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": text})


@dataclass
class Connection:
    """A client of a server with small limits.

    Attributes:
        app: What the server serves.
        reader: What comes back.
        writer: Where requests go.
        server: The server's end of the connection.
        clock: The server's clock.
    """

    app: App
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: "Watched"
    clock: "Clock"

    async def until(self, happened: "Callable[[], bool]") -> None:
        """Wait until something has happened at the server's end."""
        while not happened():
            self.server.news.clear()
            await self.server.news.wait()

    async def arrived(self, *parts: bytes) -> None:
        """Send pieces and wait until the server has read them."""
        size = self.server.size + sum(len(part) for part in parts)
        await self.send(*parts)
        await self.until(lambda: self.server.size == size)

    async def send(self, *parts: bytes) -> None:
        """Send pieces of a request, each in a packet of its own."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def rest(self) -> bytes:
        """Read until the server closes."""
        received = b""
        with suppress(ConnectionError):
            while part := await self.reader.read(65536):
                received += part
        return received

    async def answer(self) -> list[Any]:
        """Read one answer of the application."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        size = int(await self.reader.readline(), 16)
        text = await self.reader.readexactly(size)
        await self.reader.readuntil(b"0\r\n\r\n")
        return list(json.loads(text))


@dataclass
class Timer:
    """Something to be called later.

    Attributes:
        seconds: When.
        call: What.
        is_due: Whether it was neither called nor cancelled.
    """

    seconds: float
    call: "Callable[[], None]"
    is_due: bool = True

    def cancel(self) -> None:
        """Forget it."""
        self.is_due = False


class Clock:
    """An event loop whose time the test decides."""

    def __init__(self) -> None:
        """Begin with nothing due."""
        self._loop = asyncio.get_running_loop()
        self._timers: list[Timer] = []

    def __getattr__(self, name: str) -> object:
        """Be the running loop in everything else."""
        return getattr(self._loop, name)

    def call_later(self, seconds: float, call: "Callable[[], None]") -> Timer:
        """Remember what to call."""
        self._timers.append(Timer(seconds, call))
        return self._timers[-1]

    def due(self) -> list[Timer]:
        """List what waits for the time that a request may take."""
        waiting = [timer for timer in self._timers if timer.is_due]
        return [timer for timer in waiting if timer.seconds == LIMITS.seconds]

    def strike(self) -> None:
        """Let that time pass."""
        for timer in self.due():
            timer.is_due = False
            timer.call()


class Watched(BoundedProtocol):
    """The protocol with small limits, watched by a test.

    Attributes:
        size: Bytes that came in.
        news: Set when something happens.
    """

    limits = LIMITS
    size = -1

    def __init__(self, config: Config, clock: Clock, news: asyncio.Event) -> None:
        """Prepare a connection."""
        loop: Any = clock
        super().__init__(config, ServerState(), {}, loop)
        self.news = news

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Tell the test."""
        super().connection_made(transport)
        self.size = 0
        self.news.set()

    @override
    def data_received(self, data: bytes) -> None:
        """Tell the test."""
        super().data_received(data)
        self.size += len(data)
        self.news.set()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the test."""
        super().connection_lost(exc)
        self.news.set()


@asynccontextmanager
async def listening() -> "AsyncIterator[tuple[Watched, Clock, int]]":
    """Serve one connection on a port of this machine."""
    clock = Clock()
    app: Any = App()
    config = Config(
        app, ws="none", lifespan="off", log_config=None, proxy_headers=False
    )
    end = Watched(config, clock, asyncio.Event())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: end, "127.0.0.1", 0)
    try:
        yield end, clock, server.sockets[0].getsockname()[1]
    finally:
        app.go.set()
        server.close()


@asynccontextmanager
async def connected() -> "AsyncIterator[Connection]":
    """Serve, and connect to it."""
    async with listening() as (end, clock, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        connection = Connection(end.app, reader, writer, end, clock)
        await connection.until(lambda: end.size == 0)
        try:
            yield connection
        finally:
            writer.close()


def run[Result](work: "Coroutine[None, None, Result]") -> Result:
    """Run something on an event loop, not endlessly."""

    async def bounded() -> Result:
        """Wait for it."""
        return await asyncio.wait_for(work, PATIENCE)

    return asyncio.run(bounded())


def exchange(port: int, parts: tuple[bytes, ...]) -> bytes:
    """Send pieces of a request, each at once, and read until the server closes."""
    received = b""
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE)) as client:
        # Who is refused while still sending is reset, and reads the answer first.
        with suppress(ConnectionError):
            for part in parts:
                client.sendall(part)
        with suppress(ConnectionError):
            while part := client.recv(65536):
                received += part
    return received


def tell(*parts: bytes) -> bytes:
    """Send pieces of a request and return all that comes back."""

    async def scenario() -> bytes:
        """Let a thread be the client."""
        async with listening() as (_, _, port):
            return await asyncio.to_thread(exchange, port, parts)

    return run(scenario())


def assert_refused(received: bytes, status: "HTTPStatus", code: str) -> str:
    """Expect the API's error format and return the id of the request."""
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0].split()[1] == str(status.value), received
    headers = dict(line.split(": ", 1) for line in lines[1:])
    assert headers["connection"] == "close"
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(body)
    (error,) = json.loads(body)["errors"]
    assert (error["code"], error["attr"]) == (code, None)
    return headers["x-request-id"]


def fields(count: int) -> bytes:
    """Write headers."""
    return b"".join(b"X-%d: a\r\n" % number for number in range(count))
