"""JSON answers for errors that happen outside the API's views.

Django calls these for unknown URLs, bad hosts, failed CSRF checks and for exceptions in
middleware; their bodies have the same shape as the API's own errors.
"""

import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import JsonResponse

from apps.core.exceptions import (
    RETRY_AFTER,
    ServiceUnavailableError,
    is_outage,
)

if TYPE_CHECKING:
    from django.http import HttpRequest


def error_response(
    status: HTTPStatus, code: str, detail: str, headers: dict[str, str] | None = None
) -> JsonResponse:
    """Build an answer in the API's error format.

    Args:
        status: Status code; from 500 on it is the server's error.
        code: Word for programs.
        detail: Sentence for people; nothing internal.
        headers: Headers to add.

    Returns:
        The answer.
    """
    kind = "server_error" if status.is_server_error else "client_error"
    return JsonResponse(
        {"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]},
        status=status,
        headers=headers,
    )


def bad_request(request: "HttpRequest", exception: Exception) -> JsonResponse:
    """Answer a request that Django finds suspicious or malformed.

    Args:
        request: The request.
        exception: What was wrong with it; goes to the log, not to the client.

    Returns:
        The answer, 400.
    """
    del request, exception
    return error_response(HTTPStatus.BAD_REQUEST, "bad_request", "Malformed request.")


def permission_denied(request: "HttpRequest", exception: Exception) -> JsonResponse:
    """Answer a request that is not allowed.

    Args:
        request: The request.
        exception: Why not; goes to the log, not to the client.

    Returns:
        The answer, 403.
    """
    del request, exception
    return error_response(
        HTTPStatus.FORBIDDEN,
        "permission_denied",
        "You do not have permission to perform this action.",
    )


def csrf_failure(request: "HttpRequest", reason: str = "") -> JsonResponse:
    """Answer a request without a valid CSRF token.

    Args:
        request: The request.
        reason: Why it was refused; Django logs it.

    Returns:
        The answer, 403.
    """
    del request, reason
    return error_response(
        HTTPStatus.FORBIDDEN,
        "csrf_failed",
        "CSRF check failed. Read the token from GET /api/v1/auth/csrf/ and send it in "
        "the X-CSRFToken header.",
    )


def not_found(request: "HttpRequest", exception: Exception) -> JsonResponse:
    """Answer a request for a URL that does not exist.

    Args:
        request: The request.
        exception: What was looked for.

    Returns:
        The answer, 404.
    """
    del request, exception
    return error_response(HTTPStatus.NOT_FOUND, "not_found", "Not found.")


def server_error(request: "HttpRequest") -> JsonResponse:
    """Answer a request that raised an exception; Django has logged it.

    Args:
        request: The request.

    Returns:
        The answer: 503 when PostgreSQL cannot be reached or no thread became free, 500
        otherwise.
    """
    del request
    if is_outage(sys.exception()):
        return error_response(
            HTTPStatus.SERVICE_UNAVAILABLE,
            ServiceUnavailableError.default_code,
            ServiceUnavailableError.default_detail,
            headers={"Retry-After": str(RETRY_AFTER)},
        )
    return error_response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "error", "Server Error (500)"
    )
