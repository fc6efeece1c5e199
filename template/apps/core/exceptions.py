"""From exceptions to HTTP: the only place where the two meet.

Services raise the errors of ``apps.core.domain``; views catch nothing. Errors outside
the API's views, for an unknown URL, say, are answered in the same format.
"""

import logging
import math
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, override

from django.core.exceptions import (
    ObjectNotUpdated,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError as DjangoValidationError,
)
from django.db import DataError, IntegrityError
from django.utils.translation import gettext, gettext_lazy, gettext_noop as _
from django_strict_asgi import OverloadedError
from django_strict_asgi.answers import error_response, is_outage
from drf_standardized_errors.handler import (
    ExceptionHandler as StandardizedHandler,
    exception_handler,
)
from rest_framework import exceptions as drf
from rest_framework.serializers import as_serializer_error

from apps.core.domain import (
    ConflictError,
    DomainError,
    NotFoundError,
    TooManyAttemptsError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, JsonResponse
    from drf_standardized_errors.types import ExceptionHandlerContext
    from rest_framework.response import Response

# For other apps, too.
__all__ = ["error_response"]

logger = logging.getLogger(__name__)

RETRY_AFTER: Final = 5  # seconds
# The first kind that fits counts; a kind that is not listed is the client's mistake.
STATUS_OF_DOMAIN_ERRORS: Final = (
    (ConflictError, HTTPStatus.CONFLICT),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (DomainError, HTTPStatus.BAD_REQUEST),
)


class ServiceUnavailableError(drf.APIException):
    """Something behind the API does not answer."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = gettext_lazy("The service is temporarily unavailable.")
    default_code = "service_unavailable"
    wait = RETRY_AFTER


class RequestTooLargeError(drf.APIException):
    """The body is longer than ``MAX_BODY_SIZE`` or ``DATA_UPLOAD_MAX_MEMORY_SIZE``."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The request is too large.")
    default_code = "request_too_large"


def custom_exception_handler(
    exc: Exception, context: "ExceptionHandlerContext"
) -> "Response | None":
    """Answer an exception that a view raised, in the API's error format.

    Args:
        exc: The exception.
        context: The view, its arguments and the request, as DRF gives them.

    Returns:
        The answer; None would leave the exception to Django.
    """
    return exception_handler(exc, context)


class ExceptionHandler(StandardizedHandler):
    """Maps what services and Django raise to what clients read."""

    @override
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Turn an exception into one that has a status code.

        Args:
            exc: The exception as it was raised.

        Returns:
            Its counterpart for HTTP, or the exception itself when none is known.
        """
        if isinstance(exc, IntegrityError):
            # Two requests passed the same check; the constraint let one through.
            # Not the error itself, which holds the values.
            found = getattr(exc.__cause__, "diag", None)
            name = getattr(found, "constraint_name", None)
            column = getattr(found, "column_name", None)
            logger.warning("The constraint %s refused a write.", name or column)
            exc = ConflictError()
        if isinstance(exc, ObjectNotUpdated):
            # Somebody deleted it between the first look and the write.
            exc = NotFoundError()
        if isinstance(exc, TooManyAttemptsError):
            return drf.Throttled(exc.wait)
        if isinstance(exc, DomainError):
            detail = drf.ErrorDetail(gettext(exc.message), exc.code)
            # What names a field is a validation error, as if its serializer found it.
            converted = drf.ValidationError() if exc.attr else drf.APIException()
            converted.detail = {exc.attr: [detail]} if exc.attr else detail
            kinds = type(exc).mro()
            converted.status_code = next(
                status for kind, status in STATUS_OF_DOMAIN_ERRORS if kind in kinds
            )
            return converted
        if isinstance(exc, DjangoValidationError):
            return drf.ValidationError(as_serializer_error(exc))
        # DataError: a value that no column can hold, a NUL in a token, say.
        if isinstance(exc, SuspiciousOperation | DataError):
            too_large = isinstance(exc, RequestDataTooBig)
            return RequestTooLargeError() if too_large else drf.ParseError()
        if is_outage(exc):
            return ServiceUnavailableError()
        return super().convert_known_exceptions(exc)


def error_view(
    status: HTTPStatus, code: str, detail: str, headers: dict[str, str] | None = None
) -> "Callable[..., JsonResponse]":
    """Make a view that answers in JSON where Django has an HTML page.

    Args:
        status: Status code.
        code: Word for programs.
        detail: Sentence for people.
        headers: Headers to add.

    Returns:
        The view.
    """

    def view(
        request: "HttpRequest", exception: Exception | None = None, reason: str = ""
    ) -> "JsonResponse":
        """Answer a request that failed; Django has logged why.

        Args:
            request: The request.
            exception: What was raised; nothing that a client should read.
            reason: What was wrong with the CSRF token.

        Returns:
            The same answer for every cause.
        """
        del request, exception, reason
        return error_response(status, code, detail, headers)

    return view


def bad_request(request: "HttpRequest", exception: Exception) -> "JsonResponse":
    """Answer a request that Django or a view outside the API refused.

    Args:
        request: The request.
        exception: What was raised; nothing of it that a client should not read.

    Returns:
        429 for too many attempts, at the admin's login, say; else 400.
    """
    del request
    if isinstance(exception, TooManyAttemptsError):
        seconds = math.ceil(exception.wait)
        return error_response(
            HTTPStatus.TOO_MANY_REQUESTS,
            exception.code,
            str(drf.Throttled(seconds).detail),
            headers={"Retry-After": str(seconds)},
        )
    return error_response(
        HTTPStatus.BAD_REQUEST, "bad_request", _("Malformed request.")
    )


permission_denied = error_view(
    HTTPStatus.FORBIDDEN,
    "permission_denied",
    _("You do not have permission to perform this action."),
)
csrf_failure = error_view(
    HTTPStatus.FORBIDDEN,
    "csrf_failed",
    _(
        "CSRF check failed. Read the token from GET /api/v1/auth/csrf/ and send it in "
        "the X-CSRFToken header."
    ),
)
not_found = error_view(HTTPStatus.NOT_FOUND, "not_found", _("Not found."))


def server_error(request: "HttpRequest") -> "JsonResponse":
    """Answer a request that raised an exception; Django has logged it.

    Args:
        request: The request.

    Returns:
        503 when the client should try again later, 404 when what it wanted to change has
        just been deleted, else 500.
    """
    error = sys.exception()
    if isinstance(error, ObjectNotUpdated):
        return not_found(request)
    busy = (OverloadedError, ServiceUnavailableError)
    if is_outage(error) or isinstance(error, busy):
        return error_response(
            HTTPStatus.SERVICE_UNAVAILABLE,
            ServiceUnavailableError.default_code,
            str(ServiceUnavailableError.default_detail),
            headers={"Retry-After": str(RETRY_AFTER)},
        )
    return error_response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "error", _("Server Error (500)")
    )
