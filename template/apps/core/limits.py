"""What a client may send before its request is served, and why it was refused."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a request while it comes in.

    Attributes:
        line: Characters of the path with its query.
        fields: Number of headers.
        head: Bytes that bring no piece of a body: a head, trailers, chunk extensions.
        seconds: How long all of a request may take to come in, and a client may read
            nothing of its answer.
        waiting: Requests of a connection that may wait for the answer of an earlier one.
    """

    line: int = 8190
    fields: int = 100
    head: int = 4 * 8190
    seconds: float = 20
    waiting: int = 16


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not served.

    Attributes:
        status: Status code.
        code: Word for programs.
        detail: Sentence for people.
    """

    status: HTTPStatus
    code: str
    detail: str

    @property
    def body(self) -> bytes:
        """The API's error format, without Django: no request was read.

        Returns:
            JSON.
        """
        error = {"code": self.code, "detail": self.detail, "attr": None}
        return json.dumps({"type": "client_error", "errors": [error]}).encode()


MALFORMED: Final = Refusal(HTTPStatus.BAD_REQUEST, "bad_request", "Malformed request.")
LINE_TOO_LONG: Final = Refusal(
    HTTPStatus.REQUEST_URI_TOO_LONG, "uri_too_long", "The URL is too long."
)
HEADERS_TOO_LARGE: Final = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "headers_too_large",
    "The request's headers are too large.",
)
BODY_TOO_LARGE: Final = Refusal(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "request_too_large",
    "The request is too large.",
)
TOO_MANY: Final = Refusal(
    HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_requests",
    "Too many requests of one connection wait for an answer.",
)
TOO_SLOW: Final = Refusal(
    HTTPStatus.REQUEST_TIMEOUT,
    "request_timeout",
    "The request took too long to arrive.",
)
