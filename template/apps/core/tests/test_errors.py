"""Errors outside the API's views have the API's format too."""

from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import caches
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.test import AsyncClient, Client
from django.urls import include, path, reverse

from apps.core.exceptions import RETRY_AFTER
from tests.assertions import assert_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from rest_framework.test import APIClient

    from apps.users.models import User

INTERNALS = "column users_user.secret in /srv/app/apps/users/models.py"


def denies(_request: "HttpRequest") -> NoReturn:
    """Refuse a request the way plain Django views do."""
    raise PermissionDenied(INTERNALS)


def suspects(_request: "HttpRequest") -> NoReturn:
    """Find a request suspicious."""
    raise SuspiciousOperation(INTERNALS)


def fails(_request: "HttpRequest") -> NoReturn:
    """Raise what nobody expected."""
    raise RuntimeError(INTERNALS)


def loses_database(_request: "HttpRequest") -> NoReturn:
    """Find the database gone."""
    raise OperationalError(INTERNALS)


async def fails_async(_request: "HttpRequest") -> NoReturn:
    """Raise what nobody expected, in an async view."""
    raise RuntimeError(INTERNALS)


async def loses_database_async(_request: "HttpRequest") -> NoReturn:
    """Find the database gone, in an async view."""
    raise OperationalError(INTERNALS)


urlpatterns = [
    path("", include("config.urls")),
    path("denies/", denies),
    path("suspects/", suspects),
    path("fails/", fails),
    path("loses-database/", loses_database),
    path("async/fails/", fails_async),
    path("async/loses-database/", loses_database_async),
]
handler400 = "apps.core.errors.bad_request"
handler403 = "apps.core.errors.permission_denied"
handler404 = "apps.core.errors.not_found"
handler500 = "apps.core.errors.server_error"

OUTCOMES = [
    ("/denies/", HTTPStatus.FORBIDDEN, "permission_denied"),
    ("/suspects/", HTTPStatus.BAD_REQUEST, "bad_request"),
    ("/fails/", HTTPStatus.INTERNAL_SERVER_ERROR, "error"),
    ("/loses-database/", HTTPStatus.SERVICE_UNAVAILABLE, "service_unavailable"),
    ("/async/fails/", HTTPStatus.INTERNAL_SERVER_ERROR, "error"),
    (
        "/async/loses-database/",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "service_unavailable",
    ),
    ("/unknown/", HTTPStatus.NOT_FOUND, "not_found"),
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("url", "status", "code"), OUTCOMES)
def test_plain_view_answers_json_without_internals(
    url: str, status: HTTPStatus, code: str
) -> None:
    """Exceptions of plain views become JSON, and their text stays inside."""
    answer = Client(raise_request_exception=False).get(url)
    assert_error(answer, status, code)
    assert INTERNALS not in answer.text


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("url", "status", "code"), OUTCOMES)
def test_same_under_asgi(url: str, status: HTTPStatus, code: str) -> None:
    """The async handler chain gives the same answers."""
    client = AsyncClient(raise_request_exception=False)
    answer = async_to_sync(client.get)(url)
    assert_error(answer, status, code)
    assert INTERNALS.encode() not in answer.content


def test_unknown_api_url_is_json(api: "APIClient") -> None:
    """A URL that does not exist below the API's prefix is a JSON 404."""
    assert_error(api.get("/api/v1/nothing/"), HTTPStatus.NOT_FOUND, "not_found")


def test_unknown_host_is_refused(api: "APIClient") -> None:
    """A host name that is not configured is a JSON 400."""
    answer = api.get("/api/v1/users/me/", HTTP_HOST="evil.example.com")
    assert_error(answer, HTTPStatus.BAD_REQUEST, "bad_request")
    assert "evil" not in answer.text


def test_dead_database_is_503_in_the_api(
    as_user: "APIClient", request: "pytest.FixtureRequest"
) -> None:
    """A request that needs the database says when to come back."""
    request.getfixturevalue("dead_database")
    answer = as_user.get(reverse("users:me"))
    assert_error(answer, HTTPStatus.SERVICE_UNAVAILABLE, "service_unavailable")
    assert answer["Retry-After"] == str(RETRY_AFTER)


def test_dead_database_is_503_in_the_admin_site(
    api: "APIClient", staff: "User", request: "pytest.FixtureRequest"
) -> None:
    """Outside the API's views the answer is the same."""
    api.force_login(staff)
    caches["sessions"].clear()
    request.getfixturevalue("dead_database")
    answer = api.get(reverse("admin:index"))
    assert_error(answer, HTTPStatus.SERVICE_UNAVAILABLE, "service_unavailable")
    assert answer["Retry-After"] == str(RETRY_AFTER)


def test_missing_csrf_token_is_json(
    browser: "APIClient",
) -> None:
    """Django's own CSRF check answers in the API's format."""
    answer = browser.post(reverse("users:login"), {"email": "a@b.example"})
    assert_error(answer, HTTPStatus.FORBIDDEN, "csrf_failed")


def test_missing_csrf_token_of_a_session_is_json(
    browser: "APIClient", user: "User", login: "Callable[[APIClient, User], str]"
) -> None:
    """A session without a CSRF token changes nothing."""
    login(browser, user)
    answer = browser.post(reverse("users:logout"))
    assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")
    assert browser.get(reverse("users:me")).status_code == HTTPStatus.OK
