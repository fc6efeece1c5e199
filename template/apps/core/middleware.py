"""Ids of requests, one charset, and health checks under any host name."""

import logging
import re
import time
import uuid
from contextvars import ContextVar
from http import HTTPStatus
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


@sync_and_async_middleware
def utf8_middleware(
    get_response: "SyncHandler | AsyncHandler",
) -> "SyncHandler | AsyncHandler":
    """Refuse bodies that are too large, or in any charset but UTF-8, before they are read.

    Some of Python's codecs take seconds for a few hundred kilobytes, and others are no
    charsets at all; the client would choose.

    Args:
        get_response: The next handler.

    Returns:
        The middleware, of the same kind (sync or async) as the next handler.
    """
    if iscoroutinefunction(get_response):
        next_async = cast("AsyncHandler", get_response)

        async def async_middleware(request: "HttpRequest") -> "HttpResponseBase":
            """Judge under ASGI.

            Args:
                request: The request.

            Returns:
                The answer, 413 for a large body, 415 for a foreign charset.
            """
            return _refusal(request) or await next_async(request)

        return async_middleware

    next_sync = cast("SyncHandler", get_response)

    def middleware(request: "HttpRequest") -> "HttpResponseBase":
        """Judge under WSGI.

        Args:
            request: The request.

        Returns:
            The answer, 413 for a large body, 415 for a foreign charset.
        """
        return _refusal(request) or next_sync(request)

    return middleware


def _refusal(request: "HttpRequest") -> "HttpResponseBase | None":
    """Refuse a request whose body is too large, or in a charset other than UTF-8.

    Args:
        request: The request.

    Returns:
        The refusal, or None.
    """
    charset = (request.content_params or {}).get("charset", "utf-8")
    is_foreign = charset.strip("\"' ").lower() not in {"utf-8", "utf8"}
    is_large = int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_BODY_SIZE
    if not is_large and not is_foreign:
        return None
    # Needs the settings; gunicorn imports this module for its log before it has any.
    from apps.core import exceptions  # noqa: PLC0415

    if is_large:
        kind = exceptions.RequestTooLargeError
        return exceptions.error_response(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            kind.default_code,
            str(kind.default_detail),
        )
    return exceptions.error_response(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Only UTF-8 is accepted as a charset.",
    )


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
