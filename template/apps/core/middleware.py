"""Ids of requests, and health checks under any host name."""

import logging
import re
import time
import uuid

# pydoclint takes a quoted Generator for a plain return value.
from collections.abc import Generator  # noqa: TC003
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, override

from django.conf import settings
from django.utils.encoding import escape_uri_path
from django_strict_asgi.around import around_requests

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

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


@around_requests
def request_id_middleware(
    request: "HttpRequest",
) -> Generator[None, "HttpResponseBase", None]:
    """Give each request an id, return it, and write the access line with it.

    Args:
        request: The request. The id of a proxy or client is taken over when it is
            well-formed; its header is overwritten with the accepted one.

    Yields:
        Until the answer is there.
    """
    started = time.perf_counter()
    accepted = request.META.get(META_KEY, "")
    if not ACCEPTED.fullmatch(accepted):
        accepted = uuid.uuid4().hex
    request.META[META_KEY] = accepted
    if request.path_info.startswith(HEALTH):
        # Orchestrators name the machine's own address, which nobody can list before.
        request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0]
    current_request.set(request)
    token = request_id.set(accepted)
    try:
        response = yield
        response.headers[HEADER] = accepted
        # What a view does not say itself: neither browser nor proxy keeps somebody's data.
        response.headers.setdefault("Cache-Control", "no-store")
        # As it was sent, percent-encoded: a line break in it would forge a line.
        path = escape_uri_path(request.path)
        fields = {
            "method": request.method,
            "path": path,
            "status": response.status_code,
            "duration_ms": round((time.perf_counter() - started) * 1000, 1),
        }
        text = "%s %s %s"
        logger.info(text, request.method, path, response.status_code, extra=fields)
    finally:
        request_id.reset(token)
        current_request.set(None)
