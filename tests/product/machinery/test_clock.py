"""The clock of a machine jumps: nobody gets in, and nobody is locked out."""

import time
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse

from apps.core.throttling import LoginRate
from apps.users.tests.factories import OTHER_PASSWORD, reset_link
from tests.assertions import assert_error

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from apps.users.models import User

pytestmark = pytest.mark.django_db
JUMPS = [timedelta(days=3650), timedelta(days=-3650)]
LIFETIME = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
MOMENT = timedelta(minutes=1)


def jump(by: timedelta) -> time_machine.travel:
    """Set the clock of this process, not its time zone; it goes on from there."""
    return time_machine.travel(time.time() + by.total_seconds(), tick=True)


def test_reset_link_ends_when_its_mail_says_so(api: "APIClient", user: "User") -> None:
    """A clock that jumps ahead ends it, and one that is set right revives it."""
    link = reset_link(user, new_password=OTHER_PASSWORD)
    url = reverse("users:password-reset-confirm")
    with jump(LIFETIME + MOMENT):
        answer = api.post(url, link)
        assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid_reset_link", "token")
    with jump(LIFETIME - MOMENT):
        assert api.post(url, link).status_code == HTTPStatus.NO_CONTENT


def test_reset_link_outlives_a_clock_that_is_set_back(
    api: "APIClient", user: "User"
) -> None:
    """Who asked before a correction by minutes need not ask again."""
    link = reset_link(user, new_password=OTHER_PASSWORD)
    with jump(-MOMENT):
        answer = api.post(reverse("users:password-reset-confirm"), link)
    assert answer.status_code == HTTPStatus.NO_CONTENT


def test_reset_link_from_the_future_is_void(api: "APIClient", user: "User") -> None:
    """Made while a clock was wrong by years, it would work for years."""
    with jump(LIFETIME + MOMENT):
        link = reset_link(user, new_password=OTHER_PASSWORD)
    answer = api.post(reverse("users:password-reset-confirm"), link)
    assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid_reset_link", "token")


@pytest.mark.parametrize(
    ("by", "status"),
    [
        (JUMPS[0], HTTPStatus.UNAUTHORIZED),
        (JUMPS[1], HTTPStatus.OK),
        (MOMENT, HTTPStatus.OK),
    ],
    ids=["years ahead", "years back", "minutes ahead"],
)
def test_token_ends_in_time_and_no_wrong_clock_ends_it_for_good(
    as_user: "APIClient", by: timedelta, status: HTTPStatus
) -> None:
    """A clock that runs years ahead refuses it as long as it does."""
    with jump(by):
        answer = as_user.get(reverse("users:me"))
    assert answer.status_code == status
    assert as_user.get(reverse("users:me")).status_code == HTTPStatus.OK


@pytest.mark.parametrize("by", JUMPS, ids=["ahead", "back"])
def test_throttle_knows_no_clock_but_that_of_redis(
    api: "APIClient", by: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A jump neither frees who is refused nor refuses who is free."""
    monkeypatch.setattr(LoginRate, "rate", "2/min")
    url = reverse("users:token")
    assert api.post(url, {}).status_code == HTTPStatus.BAD_REQUEST
    with jump(by):
        assert api.post(url, {}).status_code == HTTPStatus.BAD_REQUEST
        refused = api.post(url, {})
    assert_error(refused, HTTPStatus.TOO_MANY_REQUESTS, "throttled")
    assert 0 < int(refused["Retry-After"]) <= 60
