"""Exceptions become answers in one format, inside the API's views and outside."""

from errno import ENOSPC
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import (
    ObjectNotUpdated,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import (
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from django.http import Http404
from django.test import AsyncClient, Client
from django.urls import include, path, reverse
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from apps.core.domain import ConflictError, InvalidInputError, NotFoundError
from apps.core.exceptions import RETRY_AFTER
from tests.assertions import assert_error

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.test import APIClient

    from tests.conftest import LogLines

INTERNALS = "DETAIL: Key (email)=(ada@example.com) already exists."


class TooLateError(InvalidInputError):
    """An error that names the field it comes from."""

    code = "too_late"
    attr = "deadline"


type Outcome = tuple[Exception, int, str, str | None]
ODD_NAME = ValidationError({"name": ValidationError("Too odd.", code="odd")})
IN_THE_API: dict[str, Outcome] = {
    "field": (TooLateError(), 400, "too_late", "deadline"),
    "domain": (InvalidInputError(), 400, "invalid", None),
    "conflict": (ConflictError(), 409, "conflict", None),
    "missing": (NotFoundError(), 404, "not_found", None),
    "gone": (ObjectNotUpdated(INTERNALS), 404, "not_found", None),
    "http404": (Http404(INTERNALS), 404, "not_found", None),
    "model": (ODD_NAME, 400, "odd", "name"),
    "constraint": (IntegrityError(INTERNALS), 409, "conflict", None),
    "large": (RequestDataTooBig(INTERNALS), 413, "request_too_large", None),
    "odd": (SuspiciousOperation(INTERNALS), 400, "parse_error", None),
    "lost": (InterfaceError(INTERNALS), 503, "service_unavailable", None),
    "full": (OSError(ENOSPC, INTERNALS), 503, "service_unavailable", None),
    "internal": (InternalError(INTERNALS), 500, "error", None),
    "surprise": (RuntimeError(INTERNALS), 500, "error", None),
}
OUTSIDE: dict[str, Outcome] = {
    "denied": (PermissionDenied(INTERNALS), 403, "permission_denied", None),
    "odd": (SuspiciousOperation(INTERNALS), 400, "bad_request", None),
    "lost": (OperationalError(INTERNALS), 503, "service_unavailable", None),
    "full": (OSError(ENOSPC, INTERNALS), 503, "service_unavailable", None),
    "surprise": (RuntimeError(INTERNALS), 500, "error", None),
    "missing": (Http404(INTERNALS), 404, "not_found", None),
    "gone": (ObjectNotUpdated(INTERNALS), 404, "not_found", None),
}


class FailingView(APIView):
    """Raises what its URL names."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: "HttpRequest", kind: str) -> NoReturn:
        """Raise the exception."""
        del request
        raise IN_THE_API[kind][0]


def plain_view(_request: "HttpRequest", kind: str) -> NoReturn:
    """Raise what the URL names."""
    raise OUTSIDE[kind][0]


async def async_view(_request: "HttpRequest", kind: str) -> NoReturn:
    """Raise what the URL names."""
    raise OUTSIDE[kind][0]


urlpatterns = [
    path("api/<str:kind>/", FailingView.as_view()),
    path("plain/<str:kind>/", plain_view),
    path("async/<str:kind>/", async_view),
    path("", include("config.urls")),
]
handler400 = "apps.core.exceptions.bad_request"
handler403 = "apps.core.exceptions.permission_denied"
handler404 = "apps.core.exceptions.not_found"
handler500 = "apps.core.exceptions.server_error"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("kind", IN_THE_API)
def test_exception_of_an_api_view_has_its_answer(kind: str, api: "APIClient") -> None:
    """Each kind has its status and code, and its text stays inside."""
    answer = api.get(f"/api/{kind}/")
    assert_error(answer, *IN_THE_API[kind][1:])
    assert INTERNALS not in answer.text


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("view", ["plain", "async"])
@pytest.mark.parametrize("kind", OUTSIDE)
def test_exception_of_another_view_has_the_same_form(kind: str, view: str) -> None:
    """Under WSGI and ASGI alike; no HTML, no internals."""
    url = f"/{view}/{kind}/"
    asynchronous = AsyncClient(raise_request_exception=False)
    for answer in (
        Client(raise_request_exception=False).get(url),
        async_to_sync(asynchronous.get)(url),
    ):
        assert_error(answer, *OUTSIDE[kind][1:])
        assert INTERNALS.encode() not in answer.content


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("kind", ["surprise", "lost"])
def test_cause_goes_to_the_log(
    kind: str, api: "APIClient", log_lines: "LogLines"
) -> None:
    """What the client must not see, a developer finds beside the request's id."""
    answer = api.get(f"/api/{kind}/")
    causes = [line for line in log_lines() if INTERNALS in line.get("exc_info", "")]
    assert {line["request_id"] for line in causes} == {answer["X-Request-ID"]}


@pytest.mark.urls(__name__)
def test_refused_write_is_logged_without_its_values(
    api: "APIClient", log_lines: "LogLines"
) -> None:
    """The error holds the row, which no line repeats."""
    api.get("/api/constraint/")
    lines = str(log_lines())
    assert "refused a write" in lines
    assert INTERNALS not in lines


@pytest.mark.parametrize("url", ["/api/v1/nothing/", "/nothing"])
def test_unknown_url_is_json(api: "APIClient", url: str) -> None:
    """Inside the API's prefix and outside."""
    assert_error(api.get(url), HTTPStatus.NOT_FOUND, "not_found")


def test_unknown_host_is_refused(api: "APIClient") -> None:
    """What an answer links to cannot be chosen by the client."""
    answer = api.get(reverse("users:me"), HTTP_HOST="evil.example.com")
    assert_error(answer, HTTPStatus.BAD_REQUEST, "bad_request")
    assert "evil" not in answer.text


def test_dead_database_is_503(
    as_user: "APIClient", request: "pytest.FixtureRequest"
) -> None:
    """A request that needs the database says when to come back."""
    request.getfixturevalue("dead_database")
    answer = as_user.get(reverse("users:me"))
    assert_error(answer, HTTPStatus.SERVICE_UNAVAILABLE, "service_unavailable")
    assert answer["Retry-After"] == str(RETRY_AFTER)
