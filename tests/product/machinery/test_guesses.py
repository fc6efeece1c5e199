"""Every way to guess a password counts, and all count together."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate
from django.test import Client
from django.urls import reverse
from django_redis import get_redis_connection

from apps.core.domain import TooManyAttemptsError
from apps.core.throttling import AccountRate, LoginRate, count_guess
from apps.users.tests.factories import OTHER_PASSWORD, PASSWORD, StaffFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from apps.users.models import User

pytestmark = pytest.mark.django_db
WRONG = secrets.token_urlsafe(16)
REFUSED = HTTPStatus.TOO_MANY_REQUESTS
LOGINS = ("users:token", "users:login", "admin:login")
CHANGES = ("users:password-change", "admin:password_change")
AWAY = "192.0.2.7"
HOUR = 3600
LIMIT = 7
NEAR = 20  # of an account's 30


def guess(
    name: str, account: "User | str", password: str, address: str = "127.0.0.1"
) -> "Answer":
    """Guess a password at one of the places that judge one."""
    client = Client(raise_request_exception=False, REMOTE_ADDR=address)
    email = account if isinstance(account, str) else account.email
    if name in CHANGES and not isinstance(account, str):
        client.force_login(account)
    new = OTHER_PASSWORD
    fields = {"old_password": password, "new_password1": new, "new_password2": new}
    if name.startswith("admin:"):
        form = {"username": email, "password": password, **fields}
        return client.post(reverse(name), form)
    body = {"email": email, "password": password}
    body |= {"current_password": password, "new_password": new}
    return client.post(reverse(name), body, content_type="application/json")


@pytest.fixture
def two_of_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow two wrong passwords of an account, and many of an address."""
    monkeypatch.setattr(AccountRate, "rate", "2/hour")
    monkeypatch.setattr(LoginRate, "rate", "1000/min")


@pytest.mark.usefixtures("two_of_an_account")
@pytest.mark.parametrize("name", [*LOGINS, *CHANGES])
@pytest.mark.parametrize("redis", ["dead_redis", "clean_caches"])
def test_right_password_is_refused_after_too_many_wrong_ones(
    name: str, redis: str, staff: "User", request: pytest.FixtureRequest
) -> None:
    """Wherever they came from, and while Redis is away, too."""
    request.getfixturevalue(redis)
    for number in range(2):
        judged = guess(name, staff, WRONG, f"192.0.2.{number}")
        assert judged.status_code in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}
    answer = guess(name, staff, PASSWORD)
    assert_error(answer, REFUSED, "throttled")
    assert 0 < int(answer["Retry-After"]) <= HOUR
    assert answer["Retry-After"] in answer.text


@pytest.mark.usefixtures("two_of_an_account")
@pytest.mark.parametrize("name", [*LOGINS, *CHANGES])
def test_guesses_of_an_account_count_together(name: str, staff: "User") -> None:
    """Who was refused in one place finds no other."""
    guess("users:token", staff, WRONG)
    guess("admin:login", staff, WRONG)
    assert guess(name, staff, PASSWORD, AWAY).status_code == REFUSED


@pytest.mark.parametrize("name", ["users:login", "admin:login"])
def test_guesses_of_an_address_count_together(
    name: str, staff: "User", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of accounts and one password each helps nobody."""
    monkeypatch.setattr(LoginRate, "rate", "2/min")
    others = StaffFactory.create_batch(2)
    for way, account in zip(("admin:login", "users:token"), others, strict=True):
        assert guess(way, account, WRONG).status_code != REFUSED
    assert guess(name, staff, PASSWORD).status_code == REFUSED
    assert guess(name, staff, PASSWORD, AWAY).status_code != REFUSED


@pytest.mark.parametrize("redis", ["dead_redis", "clean_caches"])
def test_one_address_keeps_no_owner_out(
    redis: str,
    staff: "User",
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long it guesses; nor does a right password from there count against it."""
    request.getfixturevalue(redis)
    monkeypatch.setattr(LoginRate, "rate", "1000/min")
    for _ in range(2):
        assert guess("users:token", staff, PASSWORD).status_code == HTTPStatus.OK
    answers = [guess("users:token", staff, WRONG).status_code for _ in range(40)]
    assert answers.count(HTTPStatus.BAD_REQUEST) == NEAR
    assert guess("users:token", staff, PASSWORD).status_code == REFUSED
    assert guess("users:token", staff, PASSWORD, AWAY).status_code == HTTPStatus.OK


@pytest.mark.usefixtures("two_of_an_account")
@pytest.mark.parametrize("name", LOGINS)
def test_limit_does_not_tell_which_accounts_exist(name: str) -> None:
    """An unknown one counts as any other, however it is spelt."""
    for email in ("nobody@example.com", "Nobody@Example.com "):
        assert guess(name, email, WRONG).status_code != REFUSED
    assert guess(name, "nobody@example.com", WRONG).status_code == REFUSED
    assert guess(name, "somebody@example.com", WRONG).status_code != REFUSED


@pytest.mark.usefixtures("two_of_an_account")
@pytest.mark.parametrize("redis", ["dead_redis", "clean_caches"])
def test_right_passwords_do_not_count_for_the_account(
    redis: str, staff: "User", request: pytest.FixtureRequest
) -> None:
    """A script that logs in all day is not locked out; a wrong one is not forgiven."""
    request.getfixturevalue(redis)
    guess("users:token", staff, WRONG)
    for _ in range(5):
        assert guess("users:token", staff, PASSWORD).status_code == HTTPStatus.OK
    guess("users:token", staff, WRONG)
    assert guess("users:token", staff, PASSWORD).status_code == REFUSED


@pytest.mark.usefixtures("two_of_an_account")
def test_guesses_of_async_code_count(staff: "User") -> None:
    """Django has an async way for each sync one."""
    authenticate = async_to_sync(aauthenticate)
    for email in (staff.email, "nobody@example.com"):
        for _ in range(2):
            assert authenticate(username=email, password=WRONG) is None
        with pytest.raises(TooManyAttemptsError):
            authenticate(username=email, password=PASSWORD)


@pytest.mark.parametrize("redis", ["dead_redis", "clean_caches"])
def test_guesses_at_the_same_moment_are_all_counted(
    redis: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They count before a password is judged, not after."""
    request.getfixturevalue(redis)
    monkeypatch.setattr(AccountRate, "rate", f"{LIMIT}/hour")

    def is_judged(_: int) -> bool:
        """Begin a guess."""
        with suppress(TooManyAttemptsError):
            count_guess("ada@example.com")
            return True
        return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(is_judged, range(40))) == LIMIT


def test_redis_holds_no_e_mail(staff: "User") -> None:
    """Names of counters are hashes."""
    guess("users:token", staff, WRONG)
    keys = [*get_redis_connection("default").scan_iter("*throttle_*")]
    assert "account" in str(keys)
    assert staff.email not in str(keys)
