"""The HTTP protocol of a worker: uvicorn's own, with bounds for what comes in.

uvicorn keeps a head of any size and waits for its end for ever: one client could take
all memory of a worker. gunicorn's limits belong to gunicorn's own parser.
"""

import logging
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast, override

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from apps.core import middleware
from apps.core.limits import (
    BODY_TOO_LARGE,
    HEADERS_TOO_LARGE,
    LINE_TOO_LONG,
    MALFORMED,
    TOO_MANY,
    TOO_SLOW,
    Limits,
)

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from apps.core.limits import Refusal

logger = logging.getLogger(__name__)


class RefusedError(Exception):
    """A request breaks a limit; ends the parsing."""


class BoundedProtocol(HttpToolsProtocol):
    """Refuses requests that are too large at their beginning or too slow.

    What it adds to a request is a handful of comparisons; a request that comes in one
    piece, as nginx sends it, starts no timer.

    Attributes:
        limits: The bounds.
    """

    limits: ClassVar[Limits] = Limits()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Prepare a connection.

        Args:
            *arguments: uvicorn's own.
            **options: uvicorn's own.
        """
        super().__init__(*arguments, **options)
        self.url = b""
        self._overhead = 0
        self._body_size = 0
        self._announced_size = 0
        self._is_whole = False
        self._timer: TimerHandle | None = None
        self._stall: TimerHandle | None = None
        self._served: RequestResponseCycle | None = None
        self._refusal = MALFORMED

    @override
    def connection_made(self, transport: "Transport") -> None:  # type: ignore[override]
        """Begin to wait for a request.

        Args:
            transport: The connection.
        """
        super().connection_made(transport)
        self._start_timer()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, and tell the view that works for it.

        Args:
            exc: Why it was lost, None if it was closed.
        """
        self._stop_timer()
        self.resume_writing()
        # uvicorn tells the request that came last; the one before it may be served still.
        if self._served is not None and not self._served.response_complete:
            self._served.disconnected = True
            self._served.message_event.set()
        super().connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        """Begin to count the seconds of a client that does not read its answer."""
        super().pause_writing()
        self._watch_reading()

    @override
    def resume_writing(self) -> None:
        """Go on: the client reads, or is gone."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        super().resume_writing()

    @override
    def data_received(self, data: bytes) -> None:
        """Take what the client sent.

        Args:
            data: At most what uvloop reads at once, 256 KiB.
        """
        self._overhead += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._overhead > self.limits.head:
            self._refuse(self._too_large())
        elif self._timer is None and (not self._is_whole or self._is_idle()):
            # Empty lines behind an answer begin no request, and uvicorn waits no longer.
            self._start_timer()

    @override
    def on_message_begin(self) -> None:
        """Begin a request; the parser calls this and all that follow."""
        self._is_whole = False
        self._body_size = 0
        self._announced_size = 0
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        """Check the head, then let uvicorn start the request.

        Raises:
            RefusedError: If the head breaks a limit.
        """
        limits, size = self.limits, len(self.url)
        for name, value in self.headers:
            size += len(name) + len(value)
            if name == b"content-length":
                self._announced_size = int(value)
        is_long = len(self.url) > limits.line or len(self.headers) > limits.fields
        if is_long or size > limits.head:
            self._refusal = self._too_large()
        elif len(self.pipeline) >= limits.waiting:
            self._refusal = TOO_MANY
        elif self.expect_100_continue and self._has_too_large_body():
            # Who asks first need not send it.
            self._refusal = BODY_TOO_LARGE
        else:
            super().on_headers_complete()
            # uvicorn would add trailers to the headers of the request, where an
            # X-Forwarded-For of the client's would stand behind the proxy's.
            self.headers = []
            return
        raise RefusedError

    @override
    def on_body(self, body: bytes) -> None:
        """Hand on a piece of a body, or drop it if there is or will be too much of it.

        Django looks at the length that the client names, and only after it has written
        the whole body to a file.

        Args:
            body: The piece.
        """
        self._overhead = 0
        self._body_size += len(body)
        if not self._has_too_large_body():
            super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        """End a request: it has come in whole.

        Raises:
            RefusedError: If its body is too large. What came behind it is not looked at.
        """
        self._overhead = 0
        self._is_whole = True
        self._stop_timer()
        if self._has_too_large_body():
            self._refusal = BODY_TOO_LARGE
            raise RefusedError
        super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        """End an answer: what the client sends behind it is read again."""
        super().on_response_complete()
        if self._timer is not None:
            self._stop_timer()
            self._start_timer()

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer what the parser does not understand, or was told to refuse.

        Args:
            msg: What uvicorn would say, in plain text.
        """
        self._refuse(self._refusal)

    def _too_large(self) -> "Refusal":
        """Tell what is too large.

        Returns:
            The path or the rest of the head.
        """
        is_line = len(self.url) > self.limits.line
        return LINE_TOO_LONG if is_line else HEADERS_TOO_LARGE

    def _has_too_large_body(self) -> bool:
        """Tell whether a body is larger than Django takes, or said to be.

        Returns:
            True when it is.
        """
        limit = cast("int | None", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        size = max(self._body_size, self._announced_size)
        return limit is not None and size > limit

    @override
    def _start_asgi_task(
        self, cycle: "RequestResponseCycle", app: "ASGI3Application"
    ) -> None:
        """Begin to serve a request.

        Args:
            cycle: The request.
            app: What serves it.
        """
        self._served = cycle
        super()._start_asgi_task(cycle, app)

    def _is_idle(self) -> bool:
        """Tell whether the connection has been answered and nothing more was asked.

        Returns:
            True between an answer and the next request.
        """
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return self._is_whole and cycle is not None and cycle.response_complete

    def _watch_reading(self) -> None:
        """Look later whether the client has read anything."""
        size = self.transport.get_write_buffer_size()
        self._stall = self.loop.call_later(
            self.limits.seconds, partial(self._end_stalling, size)
        )

    def _end_stalling(self, size: int) -> None:
        """Close a connection whose client has read nothing for as long as it may take.

        Args:
            size: Bytes that waited for it before.
        """
        if self.transport.get_write_buffer_size() < size:
            self._watch_reading()
        else:
            self._stall = None
            self.transport.abort()

    def _start_timer(self) -> None:
        """Begin to count the seconds of a request."""
        self._timer = self.loop.call_later(self.limits.seconds, self._end_waiting)

    def _stop_timer(self) -> None:
        """Stop counting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end_waiting(self) -> None:
        """Close a connection that did not bring its request in time."""
        self._timer = None
        if self.flow.read_paused:
            # Not the client's fault: an earlier request has to be answered first.
            self._start_timer()
        elif not self.url or self._is_idle():
            # Nothing was asked, so there is nothing to answer.
            self.transport.close()
        else:
            self._refuse(BODY_TOO_LARGE if self._has_too_large_body() else TOO_SLOW)

    def _refuse(self, refusal: "Refusal") -> None:
        """Answer what is not served, if the client can still tell what is meant.

        Args:
            refusal: Why.
        """
        answer_id = uuid.uuid4().hex
        token = middleware.request_id.set(answer_id)
        host = self.client[0] if self.client else "a socket"
        logger.warning("Refused a request from %s: %s", host, refusal.detail)
        middleware.request_id.reset(token)
        if self._may_answer():
            head = (
                "content-type: application/json\r\n"
                f"content-length: {len(refusal.body)}\r\n"
                f"{middleware.HEADER.lower()}: {answer_id}\r\n"
                "connection: close\r\n\r\n"
            )
            status = STATUS_LINE[refusal.status]
            self.transport.write(status + head.encode() + refusal.body)
        self.transport.close()

    def _may_answer(self) -> bool:
        """Tell whether an answer would be taken for one of this request.

        Returns:
            False while an earlier request waits for its answer, or after this one's has
            begun.
        """
        # None before the first request, whatever uvicorn's annotation says.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is None:
            return True
        if cycle.response_complete:
            return not cycle.more_body
        return cycle.more_body and not cycle.response_started and not self.pipeline
