"""What an attacker tries first: guessing, planting, adding fields, reading logs."""

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle

from apps.users.models import User
from apps.users.tests.factories import PASSWORD, UserFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import LogLines

    OpenSession = Callable[[APIClient, User], str]

pytestmark = pytest.mark.django_db
# What a client must not decide about an account, its own or a new one.
TAKEN: dict[str, Any] = {
    "id": 4711,
    "is_staff": True,
    "is_superuser": True,
    "is_active": False,
    "groups": [1],
    "user_permissions": [1],
    "date_joined": "2001-01-01T00:00:00Z",
    "last_login": "2001-01-01T00:00:00Z",
    "is_confirmed": True,
}


def rights(account: User) -> dict[str, Any]:
    """Read from the database what a client must not decide."""
    stored = User.objects.get(pk=account.pk)
    many = ("groups", "user_permissions")
    plain = {name: getattr(stored, name) for name in TAKEN if name not in many}
    return plain | {name: list(getattr(stored, name).all()) for name in many}


def call_until_throttled(client: APIClient, name: str, limit: int) -> None:
    """Call an endpoint until it refuses, which must be after its limit."""
    for _ in range(limit):
        answer = client.post(reverse(name), {})
        assert answer.status_code == HTTPStatus.BAD_REQUEST
    answer = client.post(reverse(name), {})
    assert_error(answer, HTTPStatus.TOO_MANY_REQUESTS, "throttled")
    assert int(answer["Retry-After"]) > 0


def test_registration_takes_no_rights(api: APIClient) -> None:
    """Neither roles nor dates nor ids come from the body."""
    body = {**TAKEN, "email": "mallory@example.com", "password": PASSWORD}
    answer = api.post(reverse("users:register"), body)
    assert answer.status_code == HTTPStatus.ACCEPTED, answer.content
    account = User.objects.get()
    for name, value in rights(account).items():
        assert value != TAKEN[name], name


@pytest.mark.parametrize(
    ("email", "status"),
    [
        ("ada@exam\u00adple.com", HTTPStatus.BAD_REQUEST),
        ("ad\u200ba@example.com", HTTPStatus.BAD_REQUEST),
        ("ada@ex\u00e4mple.com", HTTPStatus.ACCEPTED),
    ],
)
def test_nobody_registers_a_look_alike(
    email: str, status: HTTPStatus, api: APIClient
) -> None:
    """Whose reset mails would go to somebody else; a domain in any script is fine."""
    answer = api.post(reverse("users:register"), {"email": email, "password": PASSWORD})
    if status == HTTPStatus.BAD_REQUEST:
        assert_error(answer, status, "invalid", "email")
    else:
        assert User.objects.get().email == "ada@xn--exmple-cua.com"


def test_profile_sets_no_field_that_is_not_the_clients(
    as_user: APIClient, user: User
) -> None:
    """A change of the profile changes the name and nothing else."""
    before = rights(user)
    body = {**TAKEN, "full_name": "Mallory", "email": "m@x.org", "password": "x"}
    answer = as_user.patch(reverse("users:me"), body)
    assert answer.status_code == HTTPStatus.OK
    assert rights(user) == before
    stored = User.objects.get()
    assert (stored.email, stored.password) == (user.email, user.password)


def test_planted_session_is_not_taken_over(user: User, login: "OpenSession") -> None:
    """A session id that somebody planted is replaced when its victim logs in."""
    victim = APIClient(enforce_csrf_checks=True)
    victim.session.save()
    planted = victim.cookies["sessionid"].value
    login(victim, user)
    assert victim.cookies["sessionid"].value != planted
    thief = APIClient(raise_request_exception=False)
    thief.cookies["sessionid"] = planted
    answer = thief.get(reverse("users:me"))
    assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")


@pytest.mark.parametrize(
    ("names", "limit"),
    [
        (["users:token", "users:login", "users:email-confirm"], 10),
        (["users:register"], 20),
        (
            [
                "users:password-reset",
                "users:password-reset-confirm",
                "users:email-resend",
                "users:download",
            ],
            10,
        ),
    ],
)
def test_endpoint_without_credentials_is_throttled(
    api: APIClient, names: list[str], limit: int
) -> None:
    """An address gets a limited number of attempts, wherever it makes them."""
    call_until_throttled(api, names[0], limit)
    for name in names:
        answer = api.post(reverse(name), {})
        assert_error(answer, HTTPStatus.TOO_MANY_REQUESTS, "throttled")
    answer = api.post(reverse(names[0]), {}, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("name", ["users:password-change", "users:email-change"])
def test_password_change_is_throttled(as_user: APIClient, name: str) -> None:
    """A stolen token does not let anybody guess the password."""
    call_until_throttled(as_user, name, 10)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("users:me", "get"),
        ("users:me", "patch"),
        ("users:me", "delete"),
        ("users:list", "get"),
        ("users:token-revoke", "post"),
        ("users:tokens", "get"),
        ("users:tokens", "delete"),
        ("users:logout", "post"),
    ],
)
def test_endpoint_with_credentials_is_throttled(
    name: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The baseline's rate for accounts holds where no narrower one does."""
    account = UserFactory.create(is_staff=name == "users:list")
    monkeypatch.setattr(UserRateThrottle, "rate", "1/hour", raising=False)
    client = APIClient()
    client.force_login(account)
    assert client.get(reverse("users:me")).status_code == HTTPStatus.OK
    answer = getattr(client, method)(reverse(name))
    assert_error(answer, HTTPStatus.TOO_MANY_REQUESTS, "throttled")


@pytest.mark.parametrize("name", ["users:csrf", "schema", "docs"])
def test_open_page_is_throttled(
    name: str, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The baseline's rate for addresses holds where nothing else does."""
    monkeypatch.setattr(AnonRateThrottle, "rate", "1/hour", raising=False)
    assert api.get(reverse(name)).status_code == HTTPStatus.OK
    assert_error(api.get(reverse(name)), HTTPStatus.TOO_MANY_REQUESTS, "throttled")


def test_no_secret_reaches_the_log(
    browser: APIClient, user: User, login: "OpenSession", log_lines: "LogLines"
) -> None:
    """Passwords, tokens, sessions and credentials stay out of every line."""
    csrf_token = login(browser, user)
    client = APIClient(raise_request_exception=False)
    body = {"email": user.email, "password": PASSWORD}
    token = client.post(reverse("users:token"), body).json()["token"]
    wrong = f"{secrets.token_urlsafe(16)}-wrong"
    client.post(reverse("users:token"), {**body, "password": wrong})
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    client.get(reverse("users:me"), {"password": wrong})
    client.get(f"/unknown/?token={token}")
    session = browser.cookies["sessionid"].value
    written = str(log_lines())
    assert log_lines("apps.core.middleware")
    for secret in (PASSWORD, wrong, token, session, csrf_token):
        assert secret not in written
