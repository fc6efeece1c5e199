"""The account: its constraints hold in the database, whoever writes to it."""

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from apps.users.models import EMAIL_LENGTH, FULL_NAME_LENGTH, User
from apps.users.tests.factories import PASSWORD, UserFactory

# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
OWASP_MEMORY_KIB = 19 * 1024

pytestmark = pytest.mark.django_db


def test_database_refuses_a_second_account_with_the_same_email() -> None:
    """The constraint ``users_user_email_unique`` needs no help of Python."""
    UserFactory.create(email="ada@example.com")
    with pytest.raises(IntegrityError, match="users_user_email_unique"):
        User.objects.bulk_create([User(email="ada@example.com")])


def test_database_refuses_an_email_in_upper_case() -> None:
    """The constraint ``users_user_email_lowercase`` needs no help of Python."""
    with pytest.raises(IntegrityError, match="users_user_email_lowercase"):
        User.objects.bulk_create([User(email="Ada@example.com")])


@pytest.mark.parametrize(
    "email", ["ADA@EXAMPLE.COM", "  ada@example.com ", "Ada@Example.Com"]
)
def test_email_is_stored_in_lower_case(email: str) -> None:
    """Case and surrounding blanks do not make another account."""
    account = User.objects.create_user(email, PASSWORD)
    account.refresh_from_db()
    assert account.email == "ada@example.com"


def test_same_email_in_another_case_is_refused_with_the_fields_name() -> None:
    """A form can show the message beside the field."""
    UserFactory.create(email="ada@example.com")
    with pytest.raises(ValidationError) as caught:
        User.objects.create_user("ADA@example.com", PASSWORD)
    assert list(caught.value.message_dict) == ["email"]


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@example.com", "a" * EMAIL_LENGTH + "@example.com"]
)
def test_email_that_is_none_is_refused(email: str) -> None:
    """An account needs an address that mail can be sent to."""
    with pytest.raises(ValidationError) as caught:
        User.objects.create_user(email, PASSWORD)
    assert "email" in caught.value.message_dict


def test_name_beyond_the_limit_is_refused() -> None:
    """The limit is the model's own, not only the serializer's."""
    with pytest.raises(ValidationError) as caught:
        User.objects.create_user(
            "ada@example.com", PASSWORD, full_name="x" * (FULL_NAME_LENGTH + 1)
        )
    assert list(caught.value.message_dict) == ["full_name"]


@pytest.mark.usefixtures("configured_hashers")
def test_password_is_hashed_with_argon2() -> None:
    """The stored password cannot be read back, and guessing it is dear."""
    account = User.objects.create_user("ada@example.com", PASSWORD)
    assert PASSWORD not in account.password
    summary = identify_hasher(account.password).safe_summary(account.password)
    assert account.password.startswith("argon2$argon2id$")
    assert summary["memory cost"] >= OWASP_MEMORY_KIB
    assert account.check_password(PASSWORD)


def test_account_without_password_cannot_log_in() -> None:
    """No password means no password that fits."""
    account = User.objects.create_user("ada@example.com")
    assert not account.has_usable_password()
    assert not account.check_password("")


def test_ordinary_account_has_no_rights() -> None:
    """Rights are given, never there by default."""
    account = User.objects.create_user("ada@example.com", PASSWORD)
    assert account.is_active
    assert not account.is_staff
    assert not account.is_superuser


def test_superuser_has_all_rights() -> None:
    """The first admin may enter the admin site."""
    account = User.objects.create_superuser("ada@example.com", PASSWORD)
    assert account.is_staff
    assert account.is_superuser


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com"])
def test_natural_key_ignores_case(email: str) -> None:
    """Whoever logs in may write the e-mail in any case."""
    account = UserFactory.create(email="ada@example.com")
    assert User.objects.get_by_natural_key(email) == account


def test_account_is_named_after_its_email() -> None:
    """The admin site shows accounts by their login."""
    assert str(UserFactory.build(email="ada@example.com")) == "ada@example.com"


def test_newest_accounts_come_first() -> None:
    """Without another order the list starts with the latest account."""
    first, second = UserFactory.create_batch(2)
    assert list(User.objects.all()) == [second, first]
