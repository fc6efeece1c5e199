"""WebSockets whose clients leave the event loop to others."""

from io import BytesIO
from typing import TYPE_CHECKING, ClassVar, Final, override

from django.core.handlers.asgi import ASGIRequest
from django.utils.module_loading import import_string
from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent

# Bytes that are looked at without a pause: hundreds of the smallest frames.
PIECE: Final = 2048
# What an address may send to a worker, which may have to be parsed, in a second.
BYTES_PER_SECOND: Final = 256 * 1024
# As how many of them a message counts, however short: the application takes its time.
BYTES_PER_MESSAGE: Final = 512
# How many times as long as reading took it then waits.
PAUSE: Final = 8
# Seconds of all this that it may be ahead.
AHEAD: Final = 0.2


class Protocol(WebSocketsSansIOProtocol):
    """uvicorn's, which reads as much as comes: frames of six bytes, pings, anything.

    All of an address share what the event loop does for them. Who does not read answers
    to pings is not read from.
    """

    _until: ClassVar[dict[str, float]] = {}  # when an address has paid for all it sent
    _address: str | None = None
    _unread = b""
    _timer: "TimerHandle | None" = None

    @override
    def data_received(self, data: bytes) -> None:
        """Take what a client sent.

        Args:
            data: It.
        """
        if not self.handshake_initiated:
            # uvicorn hands the whole of it over, and only then is it known whose it is.
            super().data_received(data)
            return
        self._unread += data
        self._read()

    @override
    async def receive(self) -> "ASGIReceiveEvent":
        """Hand a message to the application.

        Returns:
            The message.
        """
        message = await super().receive()
        self._charge(self.loop.time(), BYTES_PER_MESSAGE)
        self._read()
        return message

    @override
    async def send(self, message: "ASGISendEvent") -> None:
        """Send; after a close nothing waits for the application any longer.

        Args:
            message: What the application sends.
        """
        await super().send(message)
        self._read()

    @override
    def resume_writing(self) -> None:
        """Go on, as the client reads again."""
        super().resume_writing()
        self._read()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was not looked at.

        Args:
            exc: Why it was lost, if that was no proper end.
        """
        self._unread = b""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _read(self) -> None:
        """Look at what came, piece by piece, while it is the client's turn."""
        while self._unread and not self.transport.is_closing():
            if self._timer or self.read_paused or not self.writable.is_set():
                break
            now = self.loop.time()
            if (wait := self._until.get(self._who(), now) - AHEAD - now) > 0:
                self._timer = self.loop.call_later(wait, self._go_on)
                break
            # As uvicorn left it: it pauses by itself, and only what is not paused.
            if not self.transport.is_reading():
                self.transport.resume_reading()
            piece, self._unread = self._unread[:PIECE], self._unread[PIECE:]
            super().data_received(piece)
            self._charge(now, len(piece))
        if self._unread and self.transport.is_reading():
            self.transport.pause_reading()
        elif not (self._unread or self.read_paused or self.transport.is_reading()):
            self.transport.resume_reading()

    def _go_on(self) -> None:
        """Look again, after a pause."""
        self._timer = None
        self._read()

    def _charge(self, began: float, size: int) -> None:
        """Note what was done for an address.

        Args:
            began: When it began.
            size: Bytes that were looked at.
        """
        now = self.loop.time()
        cost = (now - began) * PAUSE + size / BYTES_PER_SECOND
        who = self._who()
        until = {key: at for key, at in self._until.items() if at > now}
        until[who] = max(now, until.get(who, now)) + cost
        type(self)._until = until

    def _who(self) -> str:
        """Tell whose connection it is.

        Returns:
            The address, once the handshake has told it.
        """
        if self._address is None:
            client_address = import_string(
                "django_strict_asgi.throttling.client_address"
            )
            # Any Content-Type: reading one may fail, and takes long.
            headers = [it for it in self.scope["headers"] if it[0] != b"content-type"]
            scope = {**self.scope, "type": "http", "method": "GET", "headers": headers}
            self._address = str(client_address(ASGIRequest(scope, BytesIO())))
        return self._address
