"""Exceptions become answers on every machine, in every part of the project."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.core.exceptions import RETRY_AFTER, ExceptionHandler
from apps.core.tests.test_exceptions import IN_THE_API, INTERNALS
from apps.users.models import User
from apps.users.tests.factories import UserFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings
    from rest_framework.test import APIClient

    from tests.conftest import LogLines


@pytest.mark.urls("apps.core.tests.test_exceptions")
@pytest.mark.parametrize("kind", IN_THE_API)
def test_exception_has_the_same_answer_while_debugging(
    kind: str, api: "APIClient", settings: "Settings"
) -> None:
    """Debug pages are HTML; an API answers JSON on a developer's machine too."""
    settings.DEBUG = True
    answer = api.get(f"/api/{kind}/")
    assert_error(answer, *IN_THE_API[kind][1:])
    assert INTERNALS not in answer.text


def test_dead_database_is_503_in_the_admin_site(
    api: "APIClient", staff: User, request: "pytest.FixtureRequest"
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


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"full_name": None}, "full_name"),
        ({"email": "a@b.example"}, "users_user_email"),
    ],
)
def test_the_log_names_what_refused_a_write(
    values: dict[str, str | None], name: str, log_lines: "LogLines"
) -> None:
    """The constraint, or the column that may not be empty."""
    UserFactory.create(email="a@b.example")
    other = UserFactory.create()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        User.objects.filter(pk=other.pk).update(**values)
    ExceptionHandler(refused.value, {}).convert_known_exceptions(refused.value)
    assert name in str(log_lines())
