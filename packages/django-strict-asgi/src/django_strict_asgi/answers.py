"""Errors outside the API's views, in the format of the API's errors."""

import errno
from typing import TYPE_CHECKING, Final

from django.db import InterfaceError, OperationalError
from django.http import JsonResponse
from django.utils.translation import gettext

if TYPE_CHECKING:
    from http import HTTPStatus

# Lost, refused and exhausted connections.
DATABASE_OUTAGES: Final = (OperationalError, InterfaceError)
# PostgreSQL's code for "read-only", which a server answers during a fail-over.
READ_ONLY: Final = "25006"
# No room on the disk for an upload, or none that its owner may have.
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


def is_outage(error: BaseException | None) -> bool:
    """Tell whether database or disk cannot be used, or not be written to, for a while.

    Args:
        error: What was raised.

    Returns:
        True when the same request may succeed later.
    """
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    code = getattr(getattr(error, "__cause__", None), "sqlstate", None)
    return isinstance(error, DATABASE_OUTAGES) or code == READ_ONLY


def error_response(
    status: "HTTPStatus", code: str, detail: str, headers: dict[str, str] | None = None
) -> JsonResponse:
    """Build an answer in the API's error format, outside the API's views.

    Args:
        status: Status code; from 500 on it is the server's error.
        code: Word for programs.
        detail: Sentence for people; nothing internal.
        headers: Headers to add.

    Returns:
        The answer.
    """
    kind = "server_error" if status.is_server_error else "client_error"
    errors = [{"code": code, "detail": gettext(detail), "attr": None}]
    return JsonResponse(
        {"type": kind, "errors": errors},
        status=status,
        headers=headers,
    )
