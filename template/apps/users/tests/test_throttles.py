"""Endpoints that an attacker would call in a loop are throttled."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle

from tests.assertions import assert_error

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from apps.users.models import User

pytestmark = pytest.mark.django_db


def call_until_throttled(
    client: "APIClient", name: str, limit: int, body: dict[str, Any] | None = None
) -> None:
    """Call an endpoint until it refuses, which must be after its limit."""
    for _ in range(limit):
        answer = client.post(reverse(name), body or {})
        assert answer.status_code == HTTPStatus.BAD_REQUEST
    answer = client.post(reverse(name), body or {})
    assert_error(answer, HTTPStatus.TOO_MANY_REQUESTS, "throttled")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("users:token", 10),
        ("users:login", 10),
        ("users:register", 20),
        ("users:password-reset", 10),
        ("users:password-reset-confirm", 10),
    ],
)
def test_endpoint_without_credentials_is_throttled(
    api: "APIClient", name: str, limit: int
) -> None:
    """An address gets a limited number of attempts."""
    call_until_throttled(api, name, limit)


def test_password_change_is_throttled(as_user: "APIClient") -> None:
    """A stolen token does not let anybody guess the password."""
    call_until_throttled(as_user, "users:password-change", 10)


def test_session_and_token_count_together(api: "APIClient") -> None:
    """Changing the endpoint gives no further guesses."""
    call_until_throttled(api, "users:token", 10)
    answer = api.post(reverse("users:login"), {})
    assert_error(answer, HTTPStatus.TOO_MANY_REQUESTS, "throttled")


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("users:me", "get"),
        ("users:me", "patch"),
        ("users:list", "get"),
        ("users:token-revoke", "post"),
    ],
)
def test_endpoint_with_credentials_is_throttled(
    name: str, method: str, as_staff: "APIClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The baseline's rate for accounts holds where no narrower one does."""
    monkeypatch.setattr(UserRateThrottle, "rate", "1/hour", raising=False)
    assert as_staff.get(reverse("users:me")).status_code == HTTPStatus.OK
    answer = getattr(as_staff, method)(reverse(name))
    assert_error(answer, HTTPStatus.TOO_MANY_REQUESTS, "throttled")


def test_deletion_is_throttled(
    as_user: "APIClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting an account counts as well."""
    monkeypatch.setattr(UserRateThrottle, "rate", "1/hour", raising=False)
    assert as_user.get(reverse("users:me")).status_code == HTTPStatus.OK
    answer = as_user.delete(reverse("users:me"))
    assert_error(answer, HTTPStatus.TOO_MANY_REQUESTS, "throttled")


def test_detail_is_throttled(
    as_staff: "APIClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Staff cannot be made to walk through all accounts."""
    monkeypatch.setattr(UserRateThrottle, "rate", "1/hour", raising=False)
    url = reverse("users:detail", args=[0])
    assert as_staff.get(url).status_code == HTTPStatus.NOT_FOUND
    assert_error(as_staff.get(url), HTTPStatus.TOO_MANY_REQUESTS, "throttled")


@pytest.mark.parametrize("name", ["users:csrf", "schema", "docs"])
def test_open_page_is_throttled(
    name: str, api: "APIClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The baseline's rate for addresses holds where nothing else does."""
    monkeypatch.setattr(AnonRateThrottle, "rate", "1/hour", raising=False)
    assert api.get(reverse(name)).status_code == HTTPStatus.OK
    assert_error(api.get(reverse(name)), HTTPStatus.TOO_MANY_REQUESTS, "throttled")


def test_logout_is_throttled(
    api: "APIClient", user: "User", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions count like tokens."""
    monkeypatch.setattr(UserRateThrottle, "rate", "1/hour", raising=False)
    api.force_login(user)
    assert api.get(reverse("users:me")).status_code == HTTPStatus.OK
    answer = api.post(reverse("users:logout"))
    assert_error(answer, HTTPStatus.TOO_MANY_REQUESTS, "throttled")


def test_scopes_count_apart(api: "APIClient") -> None:
    """Failed registrations keep nobody from logging in or resetting a password."""
    call_until_throttled(api, "users:register", 20)
    for name in ("users:token", "users:password-reset"):
        answer = api.post(reverse(name), {})
        assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_other_addresses_are_not_affected(api: "APIClient") -> None:
    """One attacker does not lock out everybody."""
    call_until_throttled(api, "users:token", 10)
    answer = api.post(reverse("users:token"), {}, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
