"""Middleware of the project."""

import logging
import time
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, cast

from django.utils.decorators import sync_and_async_middleware
from django.utils.encoding import escape_uri_path

from apps.core import request_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextvars import Token

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    SyncHandler = Callable[[HttpRequest], HttpResponseBase]
    AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

logger = logging.getLogger(__name__)


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
            """Time an answer that is awaited."""
            started = time.perf_counter()
            token = _begin(request)
            try:
                response = await next_async(request)
                _finish(request, response, started)
            finally:
                request_id.current.reset(token)
            return response

        return async_middleware

    next_sync = cast("SyncHandler", get_response)

    def middleware(request: "HttpRequest") -> "HttpResponseBase":
        """Time an answer that is returned."""
        started = time.perf_counter()
        token = _begin(request)
        try:
            response = next_sync(request)
            _finish(request, response, started)
        finally:
            request_id.current.reset(token)
        return response

    return middleware


def _begin(request: "HttpRequest") -> "Token[str]":
    """Settle the id of a request.

    Args:
        request: The request; its header is overwritten with the accepted id.

    Returns:
        What resets the context afterwards.
    """
    accepted = request_id.accept_or_create(request.META.get(request_id.META_KEY))
    request.META[request_id.META_KEY] = accepted
    return request_id.current.set(accepted)


def _finish(
    request: "HttpRequest", response: "HttpResponseBase", started: float
) -> None:
    """Return the id and write the access line.

    Args:
        request: The request.
        response: Its answer.
        started: When the request came in, in seconds of ``time.perf_counter``.
    """
    response.headers[request_id.HEADER] = request.META[request_id.META_KEY]
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
