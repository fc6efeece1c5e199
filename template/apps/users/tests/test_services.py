"""Changing accounts and credentials."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from apps.core.domain import NotFoundError
from apps.users import services
from apps.users.domain import InvalidResetLinkError
from apps.users.models import FULL_NAME_LENGTH, Token, User
from apps.users.tests.factories import (
    OTHER_PASSWORD,
    PASSWORD,
    UserFactory,
    reset_link,
)

if TYPE_CHECKING:
    from pytest_django import Settings


pytestmark = pytest.mark.django_db
EMAIL = "ada.lovelace@example.com"


def test_register_stores_the_account() -> None:
    """Somebody who signs up has still to confirm the e-mail."""
    services.user_register(
        email="Ada.Lovelace@example.com", password=PASSWORD, full_name="Ada"
    )
    account = User.objects.get(email=EMAIL)
    assert account.full_name == "Ada"
    assert account.check_password(PASSWORD)
    assert not account.is_confirmed


def test_registration_for_an_account_changes_nothing_of_it() -> None:
    """Nobody plants a password or a name in somebody's account."""
    account = UserFactory.create(email=EMAIL)
    services.user_register(email=EMAIL, password=OTHER_PASSWORD, full_name="Mallory")
    (stored,) = User.objects.all()
    assert (stored.password, stored.full_name) == (account.password, account.full_name)
    assert stored.is_confirmed


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short1A!", "password_too_short"),
        ("password123456", "password_too_common"),
        ("82736401928374", "password_entirely_numeric"),
        ("Ada.Lovelace", "password_too_similar"),
    ],
)
def test_weak_password_is_refused(password: str, code: str) -> None:
    """Each validator speaks for the field that holds the password."""
    with pytest.raises(ValidationError) as caught:
        services.user_register(email=EMAIL, password=password)
    assert code in {error.code for error in caught.value.error_dict["password"]}
    assert not User.objects.exists()


def test_update_changes_the_name_alone() -> None:
    """Other columns are not written, so a concurrent change of them is kept."""
    account = UserFactory.create()
    User.objects.filter(pk=account.pk).update(is_staff=True)
    services.user_update(user=account, full_name="Countess")
    account.refresh_from_db()
    assert account.full_name == "Countess"
    assert account.is_staff


def test_update_refuses_a_name_beyond_the_limit() -> None:
    """Services validate, whoever calls them."""
    account = UserFactory.create(full_name="Ada")
    with pytest.raises(ValidationError):
        services.user_update(user=account, full_name="x" * (FULL_NAME_LENGTH + 1))
    account.refresh_from_db()
    assert account.full_name == "Ada"


def test_each_device_has_a_token_of_its_own() -> None:
    """The end of one leaves the others; what is stored of it opens nothing."""
    account = UserFactory.create(email=EMAIL)
    first, second = (
        services.token_obtain(email=EMAIL, password=PASSWORD) for _ in range(2)
    )
    assert first.key != second.key
    assert first.key not in str(list(Token.objects.values()))
    with pytest.raises(AuthenticationFailed):
        TokenAuthentication().authenticate_credentials(first.digest)
    services.token_revoke(user=account, token_id=first.pk)
    assert list(Token.objects.all()) == [second]
    with pytest.raises(NotFoundError):
        services.token_revoke(user=account, token_id=first.pk)
    services.token_revoke(user=account)
    assert not Token.objects.exists()


@pytest.mark.parametrize("is_undone", [False, True])
def test_reset_mail_is_queued_with_the_transaction(*, is_undone: bool) -> None:
    """After the commit it is certain to be sent; what was undone leaves no trace."""
    with transaction.atomic():
        services.password_reset_request(email="ada@example.com")
        transaction.set_rollback(is_undone)
    assert ProcrastinateJob.objects.exists() is not is_undone


def test_reset_link_expires(settings: "Settings") -> None:
    """The link's time is up when the mail says so."""
    account = UserFactory.create()
    link = reset_link(account)
    settings.PASSWORD_RESET_TIMEOUT = -timedelta(seconds=1).total_seconds()
    with pytest.raises(InvalidResetLinkError):
        services.password_reset_confirm(**link, new_password=OTHER_PASSWORD)


def test_reset_link_of_an_inactive_account_is_void() -> None:
    """Deactivating an account also ends the links that are under way."""
    account = UserFactory.create()
    link = reset_link(account)
    User.objects.update(is_active=False)
    with pytest.raises(InvalidResetLinkError):
        services.password_reset_confirm(**link, new_password=OTHER_PASSWORD)


def test_reset_link_belongs_to_one_account() -> None:
    """A token does not open another account."""
    mine, other = UserFactory.create_batch(2)
    forged = {**reset_link(mine), "uid": reset_link(other)["uid"]}
    with pytest.raises(InvalidResetLinkError):
        services.password_reset_confirm(**forged, new_password=OTHER_PASSWORD)


@pytest.mark.parametrize("uid", ["", "!", "AAAA", "MTIz" * 16, "LTE"])
@pytest.mark.parametrize("token", ["", "-", "abc-def"])
def test_forged_reset_link_is_void(uid: str, token: str) -> None:
    """Anything at all may stand in a link."""
    UserFactory.create()
    with pytest.raises(InvalidResetLinkError):
        services.password_reset_confirm(
            uid=uid, token=token, new_password=OTHER_PASSWORD
        )
