"""Exceptions of services become answers in one place."""

from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

import pytest
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from django.urls import include, path
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from apps.core.domain import (
    ConflictError,
    DomainError,
    InvalidInputError,
    NotFoundError,
)
from apps.core.exceptions import RETRY_AFTER, is_database_outage
from tests.assertions import assert_error

if TYPE_CHECKING:
    from django.http import HttpRequest
    from pytest_django import Settings
    from rest_framework.test import APIClient

    from tests.conftest import LogLines

INTERNALS = "DETAIL: Key (email)=(ada@example.com) already exists."


class BlamesFieldError(InvalidInputError):
    """An error that names the field it comes from."""

    code = "too_late"
    message = "This is too late."
    attr = "deadline"


OUTCOMES: dict[str, tuple[Exception, HTTPStatus, str, str | None]] = {
    "domain": (DomainError(), HTTPStatus.BAD_REQUEST, "error", None),
    "invalid": (InvalidInputError(), HTTPStatus.BAD_REQUEST, "invalid", None),
    "field": (BlamesFieldError(), HTTPStatus.BAD_REQUEST, "too_late", "deadline"),
    "conflict": (ConflictError(), HTTPStatus.CONFLICT, "conflict", None),
    "missing": (NotFoundError(), HTTPStatus.NOT_FOUND, "not_found", None),
    "http404": (Http404(INTERNALS), HTTPStatus.NOT_FOUND, "not_found", None),
    "denied": (
        PermissionDenied(INTERNALS),
        HTTPStatus.FORBIDDEN,
        "permission_denied",
        None,
    ),
    "large": (
        RequestDataTooBig(INTERNALS),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "request_too_large",
        None,
    ),
    "suspicious": (
        SuspiciousOperation(INTERNALS),
        HTTPStatus.BAD_REQUEST,
        "parse_error",
        None,
    ),
    "model": (
        ValidationError({"name": ValidationError("Too odd.", code="odd")}),
        HTTPStatus.BAD_REQUEST,
        "odd",
        "name",
    ),
    "constraint": (IntegrityError(INTERNALS), HTTPStatus.CONFLICT, "conflict", None),
    "outage": (
        OperationalError(INTERNALS),
        HTTPStatus.SERVICE_UNAVAILABLE,
        "service_unavailable",
        None,
    ),
    "lost": (
        InterfaceError(INTERNALS),
        HTTPStatus.SERVICE_UNAVAILABLE,
        "service_unavailable",
        None,
    ),
    "surprise": (
        RuntimeError(INTERNALS),
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "error",
        None,
    ),
}


class FailingView(APIView):
    """Raises what its URL names."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: "HttpRequest", kind: str) -> NoReturn:
        """Raise the exception."""
        del request
        raise OUTCOMES[kind][0]


urlpatterns = [
    path("fails/<str:kind>/", FailingView.as_view()),
    path("", include("config.urls")),
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("kind", OUTCOMES)
def test_exception_has_its_answer(
    *, kind: str, debug: bool, api: "APIClient", settings: "Settings"
) -> None:
    """Each kind of exception has its status and code, on every machine."""
    settings.DEBUG = debug
    _, status, code, attr = OUTCOMES[kind]
    answer = api.get(f"/fails/{kind}/")
    assert_error(answer, status, code, attr)
    assert INTERNALS not in answer.text


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("kind", ["outage", "lost"])
def test_outage_says_when_to_come_back(kind: str, api: "APIClient") -> None:
    """A client learns how long to wait for the database."""
    assert api.get(f"/fails/{kind}/")["Retry-After"] == str(RETRY_AFTER)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("kind", ["constraint", "surprise", "outage"])
def test_cause_goes_to_the_log(
    kind: str, api: "APIClient", log_lines: "LogLines"
) -> None:
    """What the client must not see, a developer finds beside the request's id."""
    answer = api.get(f"/fails/{kind}/")
    causes = [line for line in log_lines() if INTERNALS in line.get("exc_info", "")]
    assert causes
    assert {line["request_id"] for line in causes} == {answer["X-Request-ID"]}


def test_only_connection_errors_are_outages() -> None:
    """A wrong query is a bug and no outage."""
    assert is_database_outage(OperationalError())
    assert not is_database_outage(IntegrityError())
    assert not is_database_outage(None)
