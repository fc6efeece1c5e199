"""Ids of requests, and health checks under any host name."""

import logging
import re
import time
import uuid
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, override

from django.conf import settings
from django.utils.encoding import escape_uri_path
from django_strict_asgi.around import around_requests

if TYPE_CHECKING:
    from contextvars import Token

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    # When a request came in, in seconds of time.perf_counter, and what forgets its id.
    State = tuple[float, Token[str]]

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


def _begin(request: "HttpRequest") -> "State":
    """Take over the id of a proxy or client when it is well-formed, or make one.

    Args:
        request: The request; its header is overwritten with the accepted id.

    Returns:
        What the functions below are given.
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
    request: "HttpRequest", response: "HttpResponseBase", state: "State"
) -> None:
    """Return the id, let nobody store the answer, and write the access line.

    Args:
        request: The request.
        response: Its answer.
        state: Of the request.
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
            "duration_ms": round((time.perf_counter() - state[0]) * 1000, 1),
        },
    )


def _end(state: "State") -> None:
    """Forget the request.

    Args:
        state: Of the request.
    """
    request_id.reset(state[1])
    current_request.set(None)


request_id_middleware = around_requests(_begin, _finish, _end)
