"""Ids of requests, and health checks under any host name."""

import logging
import re
import time
import uuid
from contextvars import ContextVar
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Final, cast, override

from django.conf import settings
from django.utils.decorators import sync_and_async_middleware
from django.utils.encoding import escape_uri_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextvars import Token

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    SyncHandler = Callable[[HttpRequest], HttpResponseBase]
    AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

logger = logging.getLogger(__name__)

HEADER: Final = "X-Request-ID"
META_KEY: Final = "HTTP_X_REQUEST_ID"
HEALTH: Final = "/api/health/"
NO_REQUEST: Final = "-"
# What a proxy may pass in; anything else could forge log lines or headers.
ACCEPTED: Final = re.compile(r"[A-Za-z0-9_.-]{8,64}")

request_id: Final[ContextVar[str]] = ContextVar("request_id", default=NO_REQUEST)
# For what counts guesses and writes audit lines, wherever it is called from: services
# take no request, and nobody can forget to hand an address on.
current_request: "Final[ContextVar[HttpRequest | None]]" = ContextVar(
    "current_request", default=None
)


class RequestIdFilter(logging.Filter):
    """Adds ``request_id`` to each log record; drops none."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Attach the id of the request that the record belongs to.

        Args:
            record: The record. Some of Django's are written after the middleware has
                finished; those carry the request itself.

        Returns:
            True.
        """
        meta = getattr(getattr(record, "request", None), "META", {})
        record.request_id = meta.get(META_KEY) or request_id.get()
        return True


# A function that is sync under WSGI and async under ASGI, and not a class built on
# MiddlewareMixin: that would cost two thread hops for each request.
@sync_and_async_middleware
def request_id_middleware(
    get_response: "SyncHandler | AsyncHandler",
) -> "SyncHandler | AsyncHandler":
    """Give each request an id, return it, and write the access line with it.

    Args:
        get_response: The next handler.

    Returns:
        The middleware, of the same kind (sync or async) as the next handler.
    """
    if iscoroutinefunction(get_response):
        next_async = cast("AsyncHandler", get_response)

        async def async_middleware(request: "HttpRequest") -> "HttpResponseBase":
            """Answer under ASGI.

            Args:
                request: The request.

            Returns:
                The answer with its id.
            """
            started, token = _begin(request)
            try:
                return _finish(request, await next_async(request), started)
            finally:
                request_id.reset(token)
                current_request.set(None)

        return async_middleware

    next_sync = cast("SyncHandler", get_response)

    def middleware(request: "HttpRequest") -> "HttpResponseBase":
        """Answer under WSGI.

        Args:
            request: The request.

        Returns:
            The answer with its id.
        """
        started, token = _begin(request)
        try:
            return _finish(request, next_sync(request), started)
        finally:
            request_id.reset(token)
            current_request.set(None)

    return middleware


def _begin(request: "HttpRequest") -> "tuple[float, Token[str]]":
    """Take over the id of a proxy or client when it is well-formed, or make one.

    Args:
        request: The request; its header is overwritten with the accepted id.

    Returns:
        The time in seconds of ``time.perf_counter``, and what resets the context.
    """
    accepted = request.META.get(META_KEY, "")
    if not ACCEPTED.fullmatch(accepted):
        accepted = uuid.uuid4().hex
    request.META[META_KEY] = accepted
    current_request.set(request)
    if request.path_info.startswith(HEALTH):
        # Orchestrators name the machine's own address, which nobody can list before.
        request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0]
    return time.perf_counter(), request_id.set(accepted)


def _finish(
    request: "HttpRequest", response: "HttpResponseBase", started: float
) -> "HttpResponseBase":
    """Return the id, let nobody store the answer, and write the access line.

    Args:
        request: The request.
        response: Its answer.
        started: When the request came in, in seconds of ``time.perf_counter``.

    Returns:
        The answer.
    """
    response.headers[HEADER] = request.META[META_KEY]
    # What a view does not say itself: neither browser nor proxy keeps somebody's data.
    response.headers.setdefault("Cache-Control", "no-store")
    # As it was sent, percent-encoded: a line break in it would forge a line.
    path = escape_uri_path(request.path)
    logger.info(
        "%s %s %s",
        request.method,
        path,
        response.status_code,
        extra={
            "method": request.method,
            "path": path,
            "status": response.status_code,
            "duration_ms": round((time.perf_counter() - started) * 1000, 1),
        },
    )
    return response
