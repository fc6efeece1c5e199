"""The id that ties a request, its answer and its log lines together."""

import re
import uuid
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Request-ID"
META_KEY: Final = "HTTP_X_REQUEST_ID"
NO_REQUEST: Final = "-"
# What a proxy may pass in; anything else could forge log lines or headers.
ACCEPTED: Final = re.compile(r"[A-Za-z0-9_.-]{8,64}")

current: Final[ContextVar[str]] = ContextVar("request_id", default=NO_REQUEST)


def accept_or_create(candidate: str | None) -> str:
    """Take over the id of a proxy or client, or make one.

    Args:
        candidate: Value of the incoming header, if there was one.

    Returns:
        The id: the candidate when it is well-formed, else 32 random hex digits.
    """
    if candidate and ACCEPTED.fullmatch(candidate):
        return candidate
    return uuid.uuid4().hex
