"""From exceptions to HTTP: the only place where the two meet.

Services raise the errors of ``apps.core.domain``; views catch nothing.
"""

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, override

from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError as DjangoValidationError,
)
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django_strict_asgi import OverloadedError
from drf_standardized_errors.handler import (
    ExceptionHandler as StandardizedHandler,
    exception_handler,
)
from rest_framework import exceptions as drf
from rest_framework.serializers import as_serializer_error

from apps.core.domain import ConflictError, DomainError, NotFoundError

if TYPE_CHECKING:
    from drf_standardized_errors.types import ExceptionHandlerContext
    from rest_framework.response import Response

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
    default_detail = "The service is temporarily unavailable."
    default_code = "service_unavailable"
    wait = RETRY_AFTER


class RequestTooLargeError(drf.APIException):
    """The body is longer than ``DATA_UPLOAD_MAX_MEMORY_SIZE`` allows."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request is too large."
    default_code = "request_too_large"


def is_outage(error: BaseException | None) -> bool:
    """Tell whether an exception means that the client should try again later.

    Args:
        error: The exception.

    Returns:
        True for a database that cannot be reached and for a server that is too busy.
    """
    return is_database_outage(error) or isinstance(
        error, ServiceUnavailableError | OverloadedError
    )


def is_database_outage(error: BaseException | None) -> bool:
    """Tell whether an exception means that PostgreSQL cannot be reached.

    Args:
        error: The exception.

    Returns:
        True for lost, refused and exhausted connections.
    """
    return isinstance(error, OperationalError | InterfaceError)


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
        if isinstance(exc, DomainError):
            return _from_domain_error(exc)
        if isinstance(exc, DjangoValidationError):
            return drf.ValidationError(as_serializer_error(exc))
        # DataError: a value that no column can hold, a NUL in a token, say.
        if isinstance(exc, SuspiciousOperation | DataError):
            too_large = isinstance(exc, RequestDataTooBig)
            return RequestTooLargeError() if too_large else drf.ParseError()
        if isinstance(exc, IntegrityError):
            # Two requests passed the same check; the constraint let one through.
            logger.warning("A database constraint refused a write.", exc_info=exc)
            return _from_domain_error(ConflictError())
        if is_database_outage(exc):
            return ServiceUnavailableError()
        return super().convert_known_exceptions(exc)


def _from_domain_error(error: DomainError) -> drf.APIException:
    """Give a domain error its status code.

    Args:
        error: The error.

    Returns:
        Its counterpart for HTTP.
    """
    detail = drf.ErrorDetail(error.message, error.code)
    # What names a field is a validation error, as if its serializer had found it.
    converted = drf.ValidationError() if error.attr else drf.APIException()
    converted.detail = {error.attr: [detail]} if error.attr else detail
    converted.status_code = next(
        status for kind, status in STATUS_OF_DOMAIN_ERRORS if kind in type(error).mro()
    )
    return converted
