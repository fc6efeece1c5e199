"""What an attacker tries first."""

import secrets
import statistics
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection
from django.shortcuts import resolve_url
from django.urls import reverse
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from apps.core.throttling import LoginRate, PasswordResetRate
from apps.users.models import User
from apps.users.tests.factories import PASSWORD, UserFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

    from tests.conftest import LogLines

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


def test_registration_sets_no_field_that_is_not_the_clients(api: APIClient) -> None:
    """Neither roles nor dates nor ids come from the body."""
    body = {name: guess(name) for name in GUARDED}
    credentials = {"email": "mallory@example.com", "password": PASSWORD}
    answer = api.post(reverse("users:register"), {**body, **credentials})
    assert answer.status_code == HTTPStatus.CREATED, answer.content
    account = User.objects.get(email="mallory@example.com")
    assert account.pk != guess("id")
    assert not account.is_staff
    assert not account.is_superuser
    assert account.is_active
    assert not account.groups.exists()
    assert not account.user_permissions.exists()


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


def test_forged_host_is_refused(api: APIClient) -> None:
    """What the answer links to cannot be chosen by the client."""
    answer = api.get(reverse("users:list"), HTTP_HOST=FORGED)
    assert_error(answer, HTTPStatus.BAD_REQUEST, "bad_request")
    assert FORGED not in answer.text


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
    api: APIClient,
    user: User,
    settings: "Settings",
    django_capture_on_commit_callbacks: "Callable[..., Any]",
) -> None:
    """No header of the request decides where a reset link leads."""
    link = "https://shop.example/reset"
    settings.PASSWORD_RESET_URL = link
    with django_capture_on_commit_callbacks(execute=True):
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


@pytest.mark.parametrize(
    "value", ["id\r\nX-Evil: 1", "id\nSet-Cookie: a=b", "\x00" * 9]
)
def test_no_header_can_be_injected(api: APIClient, value: str) -> None:
    """What goes back in a header is checked first."""
    answer = api.get(reverse("health-live"), HTTP_X_REQUEST_ID=value)
    assert "X-Evil" not in answer.headers
    assert not answer.cookies
    assert value not in answer.headers.values()


def test_session_of_an_attacker_is_not_taken_over(
    user: User, login: "Callable[[APIClient, User], str]"
) -> None:
    """A planted session id is replaced when its victim logs in."""
    planted = APIClient(enforce_csrf_checks=True)
    planted.session.save()
    fixed = planted.cookies["sessionid"].value
    login(planted, user)
    assert planted.cookies["sessionid"].value != fixed
    attacker = APIClient(raise_request_exception=False)
    attacker.cookies["sessionid"] = fixed
    assert attacker.get(reverse("users:me")).status_code == HTTPStatus.UNAUTHORIZED


def test_others_are_out_of_reach(as_user: APIClient) -> None:
    """An id in the path opens nobody else's account, for no method."""
    other = UserFactory.create()
    url = reverse("users:detail", args=[other.pk])
    for method in ("get", "put", "patch", "delete"):
        answer = getattr(as_user, method)(url)
        assert answer.status_code == HTTPStatus.FORBIDDEN, method
    assert User.objects.filter(pk=other.pk).exists()


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
    assert 1 / 3 < missing / there < 3  # noqa: PLR2004


def test_reset_does_the_same_for_unknown_accounts(
    api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever depends on the account happens after the answer."""
    monkeypatch.setattr(PasswordResetRate, "rate", "1000/min")
    seen = []
    for email in (user.email, "nobody@example.com"):
        connection.queries_log.clear()
        connection.force_debug_cursor = True
        answer = api.post(reverse("users:password-reset"), {"email": email})
        connection.force_debug_cursor = False
        seen.append((answer.status_code, answer.content, len(connection.queries)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("key", ["", "0" * 40, "x" * 5000, "Token", "\xe9\xff", "a b"])
def test_made_up_token_opens_nothing(api: APIClient, key: str) -> None:
    """Every wrong token is answered alike, however odd."""
    answer = api.get(reverse("users:me"), HTTP_AUTHORIZATION=f"Token {key}")
    assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")


def test_token_that_no_column_can_hold_is_the_clients_mistake(api: APIClient) -> None:
    """PostgreSQL refuses a NUL, and that is no error of the server."""
    answer = api.get(reverse("users:me"), HTTP_AUTHORIZATION="Token \x00")
    assert_error(answer, HTTPStatus.BAD_REQUEST, "parse_error")


def test_no_secret_reaches_the_log(
    browser: APIClient,
    user: User,
    login: "Callable[[APIClient, User], str]",
    log_lines: "LogLines",
) -> None:
    """Passwords, tokens, sessions and credentials stay out of every line."""
    user.set_password(PASSWORD)
    user.save()
    csrf_token = login(browser, user)
    client = APIClient(raise_request_exception=False)
    credentials = {"email": user.email, "password": PASSWORD}
    client.post(reverse("users:token"), credentials)
    token = Token.objects.get(user=user).key
    wrong = f"{secrets.token_urlsafe(16)}-wrong"
    client.post(reverse("users:token"), {"email": user.email, "password": wrong})
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    client.get(reverse("users:me"), {"password": wrong})
    client.get(f"/unknown/?token={token}")
    client.post(
        reverse("users:password-change"),
        {"current_password": wrong, "new_password": wrong},
    )
    session = browser.cookies["sessionid"].value
    written = str(log_lines())
    assert log_lines("apps.core.middleware")
    for secret in (PASSWORD, wrong, token, session, csrf_token):
        assert secret not in written


@pytest.mark.parametrize("odd", ["%0d%0aERROR%20forged", "%1b[2J", "%e2%80%a8", "%00"])
def test_no_line_can_be_forged(api: APIClient, odd: str, log_lines: "LogLines") -> None:
    """Line breaks and escape codes of a path stay what they are: text."""
    api.get(f"/{odd}/", HTTP_USER_AGENT="a\r\nb", HTTP_REFERER="a\x1b[2J")
    for line in log_lines():
        assert str(line["message"]).isprintable()
