"""A dead Redis costs cache misses, never a request."""

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.urls import reverse

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.test import APIClient

    from apps.users.models import User
    from tests.conftest import LogLines

pytestmark = pytest.mark.django_db
LONGEST = 2.0  # seconds for a request that asks a dead Redis several times


@pytest.mark.usefixtures("dead_redis")
def test_token_requests_go_on(as_user: "APIClient") -> None:
    """A throttled endpoint answers although nothing counts its requests."""
    started = time.monotonic()
    answer = as_user.get(reverse("users:me"))
    assert answer.status_code == HTTPStatus.OK
    assert time.monotonic() - started < LONGEST


@pytest.mark.usefixtures("dead_redis")
def test_login_and_session_go_on(
    browser: "APIClient", user: "User", login: "Callable[[APIClient, User], str]"
) -> None:
    """Sessions are in the database too."""
    csrf_token = login(browser, user)
    assert browser.get(reverse("users:me")).status_code == HTTPStatus.OK
    answer = browser.post(reverse("users:logout"), HTTP_X_CSRFTOKEN=csrf_token)
    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert browser.get(reverse("users:me")).status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.usefixtures("dead_redis")
def test_cache_says_in_the_log_why_it_misses(log_lines: "LogLines") -> None:
    """The outage is hidden from clients and not from developers."""
    cache.set("key", "value")
    assert cache.get("key", "default") == "default"
    assert any("redis" in str(line).lower() for line in log_lines())
