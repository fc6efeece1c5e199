"""What an attacker tries next."""

import secrets
import statistics
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.shortcuts import resolve_url
from django.urls import reverse
from rest_framework.test import APIClient

from apps.core.throttling import LoginRate
from apps.users.models import User
from apps.users.tests.factories import PASSWORD, UserFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db
FORGED = "evil.example"
# Fields that a client may set for its own account.
OWN_FIELDS = {"email", "full_name", "password"}
GUARDED = sorted({field.name for field in User._meta.get_fields()} - OWN_FIELDS)


def guess(name: str) -> object:
    """Invent a value that a field might take."""
    if name.startswith("is_"):
        return True
    return [1] if name in {"groups", "user_permissions"} else 4711


def stored(account: User, names: "list[str]") -> dict[str, Any]:
    """Read fields of an account as they are in the database."""
    fresh = User.objects.get(pk=account.pk)
    values = {name: getattr(fresh, name, None) for name in names}
    related = {"groups", "user_permissions"}
    return {
        name: list(value.all()) if value and name in related else value
        for name, value in values.items()
    }


@pytest.mark.parametrize("name", [*GUARDED, "email", "password"])
def test_profile_sets_no_field_that_is_not_the_clients(
    as_user: APIClient, user: User, name: str
) -> None:
    """A change of the profile changes the name and nothing else."""
    before = stored(user, [*GUARDED, "email", "password"])
    body = {"full_name": "Mallory", name: guess(name)}
    answer = as_user.patch(reverse("users:me"), body)
    assert answer.status_code == HTTPStatus.OK
    assert stored(user, [*GUARDED, "email", "password"]) == before


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Forwarded-Port", "Forwarded", "X-Original-URL"]
)
def test_forged_proxy_header_changes_no_link(as_staff: APIClient, header: str) -> None:
    """A shared cache can be poisoned with no other host."""
    UserFactory.create_batch(2)
    query = {"page_size": "1"}
    answer = as_staff.get(
        reverse("users:list"), query, headers={header: f"host={FORGED}:4711"}
    )
    assert answer.json()["next"].startswith("http://testserver/api/v1/users/")


@pytest.mark.usefixtures("immediate_tasks")
def test_reset_mail_links_to_the_front_end(
    api: APIClient, user: User, settings: "Settings"
) -> None:
    """No header of the request decides where a reset link leads."""
    link = "https://shop.example/reset"
    settings.PASSWORD_RESET_URL = link
    api.post(
        reverse("users:password-reset"),
        {"email": user.email},
        headers={"X-Forwarded-Host": FORGED, "Origin": f"https://{FORGED}"},
    )
    (message,) = mail.outbox
    assert f"{link}?" in message.body
    assert FORGED not in message.body


def test_forged_scheme_is_believed_of_no_client(api: APIClient) -> None:
    """Without the setting for a trusted proxy a request stays what it is."""
    answer = api.get(reverse("health-live"), HTTP_X_FORWARDED_PROTO="https")
    assert not answer.wsgi_request.is_secure()


@pytest.mark.parametrize(
    "target", [f"//{FORGED}", f"https://{FORGED}", f"/\\{FORGED}", "javascript:a()"]
)
def test_login_leads_nowhere_else(target: str, staff: User) -> None:
    """A link to the admin site that somebody sent cannot end on another site."""
    staff.set_password(PASSWORD)
    staff.save()
    answer = APIClient().post(
        f"{reverse('admin:login')}?{urlencode({'next': target})}",
        {"username": staff.email, "password": PASSWORD},
        format="multipart",
    )
    assert answer.status_code == HTTPStatus.FOUND
    assert answer.headers["Location"] == resolve_url(django_settings.LOGIN_REDIRECT_URL)


def median_times(
    client: APIClient, name: str, *bodies: dict[str, str], rounds: int = 5
) -> list[float]:
    """Measure how long an endpoint usually takes to answer some bodies, in turn."""
    times: list[list[float]] = [[] for _ in bodies]
    for _ in range(rounds):
        for body, taken in zip(bodies, times, strict=True):
            started = time.perf_counter()
            client.post(reverse(name), body)
            taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in times]


@pytest.mark.usefixtures("configured_hashers")
def test_login_takes_as_long_for_unknown_accounts(
    api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time does not tell which addresses have an account."""
    monkeypatch.setattr(LoginRate, "rate", "1000/min")
    user.set_password(PASSWORD)
    user.save()
    wrong = {"password": secrets.token_urlsafe(16)}
    known = {"email": user.email, **wrong}
    unknown = {"email": "nobody@example.com", **wrong}
    median_times(api, "users:token", known, rounds=1)
    there, missing = median_times(api, "users:token", known, unknown)
    # Hashing takes a hundred times what the rest does: without it the ratio is 0.01.
    assert 1 / 3 < missing / there < 3


@pytest.mark.parametrize("key", ["", "0" * 40, "x" * 5000, "Token", "\xe9\xff", "a b"])
def test_made_up_token_opens_nothing(api: APIClient, key: str) -> None:
    """Every wrong token is answered alike, however odd."""
    answer = api.get(reverse("users:me"), HTTP_AUTHORIZATION=f"Token {key}")
    assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")


@pytest.mark.parametrize("key", ["\x00", "\xff", "x" * 8000])
def test_token_that_cannot_be_one_is_refused(api: APIClient, key: str) -> None:
    """Neither a NUL nor a byte that is no UTF-8 is an error of the server."""
    answer = api.get(reverse("users:me"), HTTP_AUTHORIZATION=f"Token {key}")
    assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")
