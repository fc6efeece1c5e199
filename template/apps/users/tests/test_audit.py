"""What happens to accounts is written down, without a secret."""

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from apps.core.throttling import AccountRate
from apps.users.models import User
from apps.users.tests.factories import (
    OTHER_PASSWORD,
    PASSWORD,
    UserFactory,
    reset_link,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import LogLines

    ClientOf = Callable[..., Client]
    Audit = Callable[[], dict[str, dict[str, Any]]]

pytestmark = pytest.mark.django_db
WRONG = secrets.token_urlsafe(16)


@pytest.fixture
def audit(log_lines: "LogLines") -> "Audit":
    """Return a function that returns the lines by event."""

    def read() -> dict[str, dict[str, Any]]:
        """Read them; none may hold what is nobody's business."""
        lines = log_lines("apps.users.audit")
        for secret in (PASSWORD, OTHER_PASSWORD, WRONG, "@example.com"):
            assert secret not in str(lines)
        # `force_login` is no request.
        lines = [line for line in lines if line["request_id"] != "-"]
        assert {line["address"] for line in lines} == {"192.0.2.7"}
        return {line["event"]: line for line in lines}

    return read


@pytest.fixture
def client_of() -> "ClientOf":
    """Return a function that makes a browser."""

    def make(account: User | None = None) -> Client:
        """Log an account in, past the password."""
        client = Client(REMOTE_ADDR="192.0.2.7")
        if account:
            client.force_login(account)
        return client

    return make


def post(client: Client, name: str, **body: str) -> int:
    """Send JSON."""
    answer = client.post(reverse(name), body, content_type="application/json")
    return answer.status_code


@pytest.mark.parametrize("name", ["users:token", "users:login", "admin:login"])
def test_wrong_password_is_recorded(
    name: str, staff: User, client_of: "ClientOf", audit: "Audit"
) -> None:
    """With the account, if there is one, and the address."""
    body = {"email": staff.email, "username": staff.email, "password": WRONG}
    if name == "admin:login":
        client_of().post(reverse(name), body)
    else:
        post(client_of(), name, **body)
    line = audit()["wrong_password"]
    assert (line["user_id"], line["path"]) == (staff.pk, reverse(name))


def test_unknown_account_is_not_named(client_of: "ClientOf", audit: "Audit") -> None:
    """The line holds nothing that somebody typed."""
    post(client_of(), "users:token", email="nobody@example.com", password=WRONG)
    assert audit()["wrong_password"]["user_id"] is None


def test_refused_guess_is_recorded(
    user: User, client_of: "ClientOf", audit: "Audit", monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account under attack can be seen."""
    monkeypatch.setattr(AccountRate, "rate", "1/hour")
    for _ in range(2):
        post(client_of(), "users:token", email=user.email, password=WRONG)
    assert audit()["guess_refused"]["user_id"] == user.pk


def test_session_is_recorded(user: User, client_of: "ClientOf", audit: "Audit") -> None:
    """Its beginning and its end."""
    client = client_of()
    post(client, "users:login", email=user.email, password=PASSWORD)
    post(client, "users:logout")
    lines = audit()
    assert lines["login"]["user_id"] == lines["logout"]["user_id"] == user.pk


def test_token_is_recorded(user: User, client_of: "ClientOf", audit: "Audit") -> None:
    """That it was obtained and that it ended, and not the token."""
    body = {"email": user.email, "password": PASSWORD}
    answer = client_of().post(reverse("users:token"), body, "application/json")
    key = answer.json()["token"]
    post(client_of(user), "users:token-revoke")
    lines = audit()
    assert lines["token_obtained"]["user_id"] == user.pk
    assert lines["token_revoked"]["user_id"] == user.pk
    assert key not in str(lines)


def test_registration_is_recorded(client_of: "ClientOf", audit: "Audit") -> None:
    """With the new account's id."""
    post(client_of(), "users:register", email="ada@example.com", password=PASSWORD)
    assert audit()["registered"]["user_id"] == User.objects.get().pk


def test_password_reset_is_recorded(
    user: User, client_of: "ClientOf", audit: "Audit"
) -> None:
    """Each step, and a link that is not accepted."""
    link = {"uid": "MA", "token": "forged", "new_password": OTHER_PASSWORD}
    post(client_of(), "users:password-reset", email=user.email)
    post(client_of(), "users:password-reset-confirm", **link)
    link |= reset_link(user)
    post(client_of(), "users:password-reset-confirm", **link)
    lines = audit()
    assert lines["password_reset_requested"]["user_id"] is None
    assert lines["password_reset_refused"]["user_id"] is None
    assert lines["password_reset_confirmed"]["user_id"] == user.pk
    assert lines["password_set"]["user_id"] == user.pk


@pytest.mark.parametrize("name", ["users:password-change", "admin:password_change"])
def test_password_change_is_recorded(
    name: str, staff: User, client_of: "ClientOf", audit: "Audit"
) -> None:
    """Through the API and on the admin's own page."""
    new = OTHER_PASSWORD
    if name == "users:password-change":
        body = {"current_password": PASSWORD, "new_password": new}
        post(client_of(staff), name, **body)
    else:
        new_twice = {"new_password1": new, "new_password2": new}
        client_of(staff).post(reverse(name), {"old_password": PASSWORD, **new_twice})
    assert audit()["password_set"]["user_id"] == staff.pk


def test_deletion_of_the_own_account_is_recorded(
    user: User, client_of: "ClientOf", audit: "Audit"
) -> None:
    """With the id that it had."""
    pk = user.pk
    answer = client_of(user).delete(reverse("users:me"))
    assert answer.status_code == HTTPStatus.NO_CONTENT
    line = audit()["account_deleted"]
    assert (line["user_id"], line["actor_id"]) == (pk, pk)


@pytest.fixture
def root(db: None) -> User:
    """Create somebody who may do everything."""
    del db
    return UserFactory.create(is_staff=True, is_superuser=True)


def test_deletion_of_many_accounts_is_recorded(
    root: User, client_of: "ClientOf", audit: "Audit"
) -> None:
    """A line says who did it, although the admin site saves no entry one by one."""
    chosen = [account.pk for account in UserFactory.create_batch(2)]
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    url = reverse("admin:users_user_changelist")
    assert client_of(root).post(url, form).status_code == HTTPStatus.FOUND
    line = audit()["account_deleted"]
    assert (line["user_id"] in chosen, line["actor_id"]) == (True, root.pk)


def test_change_of_roles_and_e_mail_is_recorded(
    root: User, user: User, client_of: "ClientOf", audit: "Audit"
) -> None:
    """Who changed what of whom, and the rights that came of it."""
    url = reverse("admin:users_user_change", args=[user.pk])
    kept = {"is_active": "on", "is_confirmed": "on"}
    rights = {**kept, "is_staff": "on", "is_superuser": "on"}
    form = {"email": "other@example.com", "full_name": user.full_name, **rights}
    assert client_of(root).post(url, form).status_code == HTTPStatus.FOUND
    line = audit()["admin_changed"]
    assert (line["user_id"], line["actor_id"]) == (user.pk, root.pk)
    assert {"E-mail", "Is staff", "Superuser status"} == {*line["fields"]}
    assert line["roles"] == ["is_active", "is_staff", "is_superuser"]


def test_change_of_a_group_is_recorded(
    root: User, client_of: "ClientOf", audit: "Audit"
) -> None:
    """It changes what all its members may do."""
    group = Group.objects.create(name="Editors")
    url = reverse("admin:auth_group_change", args=[group.pk])
    client_of(root).post(url, {"name": "Editors", "permissions": ["1"]})
    line = audit()["admin_changed"]
    assert line["object"] == f"auth.group:{group.pk}"
    assert line["fields"] == ["Permissions"]


def test_account_made_in_the_admin_site_is_recorded(
    root: User, client_of: "ClientOf", audit: "Audit"
) -> None:
    """And who made it."""
    passwords = {"password1": OTHER_PASSWORD, "password2": OTHER_PASSWORD}
    form = {"email": "ada@example.com", **passwords}
    client_of(root).post(reverse("admin:users_user_add"), form)
    line = audit()["admin_added"]
    account = User.objects.get(email="ada@example.com")
    assert (line["user_id"], line["actor_id"]) == (account.pk, root.pk)
