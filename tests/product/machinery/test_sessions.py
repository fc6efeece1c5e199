"""What has ended stays ended, whatever Redis does at that moment."""

import pickle
import secrets
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import alogout
from django.core.cache import caches
from django.db.models import F
from django.db.models.signals import post_init, post_save
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.users.models import Session, User
from apps.users.sessions import SessionStore
from apps.users.tasks import clear_sessions
from apps.users.tests.factories import OTHER_PASSWORD, PASSWORD, UserFactory
from apps.users.tokens import reset_tokens
from django_strict_asgi.queue import policies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import DjangoAssertNumQueries, Settings

    OpenSession = Callable[[APIClient, User], str]
    Break = Callable[[], None]

pytestmark = pytest.mark.django_db
ME = reverse("users:me")


@pytest.fixture(params=["dead_redis", "reading_redis"])
def redis_fails(
    request: pytest.FixtureRequest, settings: "Settings"
) -> "Iterator[tuple[Break, Break]]":
    """Return what breaks Redis, which is gone or only reads then, and what heals it."""
    alive = settings.CACHES

    def heal() -> None:
        """Let Redis be as it was, with all that it held."""
        settings.CACHES = alive

    yield lambda: request.getfixturevalue(request.param), heal
    heal()


class Planted:
    """What runs code wherever it is read as a pickle."""

    def __init__(self, trace: Path) -> None:
        """Remember the file that it makes."""
        self.trace = trace

    def __reduce__(self) -> "tuple[Callable[[Path], None], tuple[Path]]":
        """Have the file made."""
        return Path.touch, (self.trace,)


def with_cookie_of(client: APIClient) -> APIClient:
    """Return the client of somebody who has copied the session's cookie."""
    thief = APIClient(raise_request_exception=False)
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    return thief


@pytest.mark.parametrize("how", ["logout", "admin", "password", "deletion"])
def test_session_ends_although_redis_fails(
    how: str,
    browser: APIClient,
    user: User,
    login: "OpenSession",
    redis_fails: "tuple[Break, Break]",
) -> None:
    """The copy that Redis keeps opens nothing once Redis is back."""
    user.is_staff = how == "admin"
    user.save()
    headers = {"X-CSRFToken": login(browser, user)}
    thief = with_cookie_of(browser)
    assert thief.get(ME).status_code == HTTPStatus.OK
    fail, heal = redis_fails
    fail()
    passwords = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    ends: dict[str, Callable[[], object]] = {
        "logout": lambda: browser.post(reverse("users:logout"), headers=headers),
        "admin": lambda: browser.post(reverse("admin:logout"), headers=headers),
        "password": lambda: browser.post(
            reverse("users:password-change"), passwords, headers=headers
        ),
        "deletion": lambda: browser.delete(ME, headers=headers),
    }
    answer = ends[how]()
    assert getattr(answer, "status_code", 0) < HTTPStatus.BAD_REQUEST
    heal()
    assert thief.get(ME).status_code == HTTPStatus.UNAUTHORIZED
    # The browser that changed its password goes on, and only that one.
    stays = how == "password"
    assert (browser.get(ME).status_code == HTTPStatus.OK) is stays


def test_logout_ends_no_other_session(
    browser: APIClient, user: User, login: "OpenSession"
) -> None:
    """While Redis does what it is told, other devices stay logged in."""
    other = APIClient(enforce_csrf_checks=True)
    login(other, user)
    headers = {"X-CSRFToken": login(browser, user)}
    browser.post(reverse("users:logout"), headers=headers)
    assert other.get(ME).status_code == HTTPStatus.OK


def test_stale_cookie_logs_nobody_out(
    browser: APIClient,
    user: User,
    login: "OpenSession",
    redis_fails: "tuple[Break, Break]",
) -> None:
    """A session that opens nothing any more ends no other, however often it comes."""
    stale = APIClient(raise_request_exception=False)
    login(stale, user)
    User.objects.update(session_generation=F("session_generation") + 1)
    login(browser, user)
    redis_fails[0]()
    stale.get(ME)
    stale.get(ME)
    assert browser.get(ME).status_code == HTTPStatus.OK


def test_session_ends_from_async_code_too(
    user: User, redis_fails: "tuple[Break, Break]"
) -> None:
    """Django's ``alogout`` takes the same way."""
    client = APIClient()
    client.force_login(user)
    thief = with_cookie_of(client)
    assert thief.get(ME).status_code == HTTPStatus.OK
    fail, heal = redis_fails
    fail()
    request = HttpRequest()
    request.session = SessionStore(client.cookies["sessionid"].value)
    async_to_sync(alogout)(request)
    heal()
    assert thief.get(ME).status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("use", ["save", "load", "asave", "aload"])
def test_session_that_is_used_while_it_ends_has_ended(use: str, user: User) -> None:
    """A logout between the row and the copy of another request leaves no copy."""
    client = APIClient()
    client.force_login(user)
    thief = with_cookie_of(client)
    key = client.cookies["sessionid"].value
    other = SessionStore(key)
    if use.endswith("load"):
        caches["sessions"].clear()
    else:
        other["seen"] = True
    # Django sends it after it has written, or read, the row.
    moment = post_init if use.endswith("load") else post_save
    deletions: list[str] = []

    def log_out(**_: object) -> None:
        """Delete the session, once."""
        if not deletions:
            deletions.append(key)
            SessionStore(key).delete()

    moment.connect(log_out, sender=Session)
    try:
        method = getattr(other, use)
        async_to_sync(method)() if use.startswith("a") else method()
    finally:
        moment.disconnect(log_out, sender=Session)
    assert deletions
    assert thief.get(ME).status_code == HTTPStatus.UNAUTHORIZED


def test_session_names_its_account_and_goes_with_it(user: User) -> None:
    """Nothing about somebody is left in the table; strangers' sessions stay."""
    other = UserFactory.create()
    for account in (user, other):
        APIClient().force_login(account)
    assert Session.objects.filter(account=user).count() == 1
    key = Session.objects.get(account=user).pk
    assert key not in str(Session.objects.get(account=user))
    user.delete()
    assert [session.account for session in Session.objects.all()] == [other]


def test_expired_sessions_are_cleared_by_a_task() -> None:
    """Those that go on stay; the task has a schedule."""
    for _ in range(3):
        SessionStore().create()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    SessionStore().create()
    clear_sessions.call()
    assert Session.objects.count() == 1
    assert policies[clear_sessions.module_path].schedule


def test_open_session_costs_one_query(
    user: User, django_assert_num_queries: "DjangoAssertNumQueries"
) -> None:
    """That for the account, which is asked for anyway."""
    client = APIClient()
    client.force_login(user)
    client.get(ME)
    with django_assert_num_queries(1):
        assert client.get(ME).status_code == HTTPStatus.OK


@pytest.mark.parametrize(("kept", "status"), [(True, 200), (False, 401)])
def test_another_secret_key_ends_no_session_while_the_former_one_is_kept(
    *, kept: bool, status: int, user: User, settings: "Settings"
) -> None:
    """Nor does it make a reset link void; without the former key both end."""
    client = APIClient()
    client.force_login(user)
    token = reset_tokens.make_token(user)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if kept else []
    settings.SECRET_KEY = secrets.token_urlsafe(64)
    assert reset_tokens.check_token(user, token) is kept
    # From the copy in Redis, then from the row.
    assert client.get(ME).status_code == status
    caches["sessions"].clear()
    assert client.get(ME).status_code == status


@pytest.mark.parametrize("alias", ["default", "sessions"])
def test_what_is_planted_in_redis_runs_no_code(alias: str, tmp_path: Path) -> None:
    """Who can write there is no owner of the workers."""
    trace = tmp_path / "ran"
    cache = caches[alias]
    cache.set("planted", "", timeout=60)
    client = cache.client.get_client()
    (key,) = client.keys("*planted*")
    client.set(key, pickle.dumps(Planted(trace)), keepttl=True)
    with pytest.raises(ValueError, match="codec"):
        cache.get("planted")
    assert not trace.exists()
