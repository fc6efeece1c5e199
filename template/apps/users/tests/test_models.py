"""The account: its constraints hold in the database, whoever writes to it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from apps.users.models import EMAIL_LENGTH, FULL_NAME_LENGTH, User
from apps.users.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("email", "constraint"),
    [
        ("ada@example.com", "users_user_email_unique"),
        ("Bob@example.com", "users_user_email_lowercase"),
    ],
)
def test_database_refuses(email: str, constraint: str) -> None:
    """The constraint needs no help of Python."""
    UserFactory.create(email="ada@example.com")
    with pytest.raises(IntegrityError, match=constraint):
        User.objects.bulk_create([User(email=email)])


@pytest.mark.parametrize("email", ["ADA@EXAMPLE.COM", "  ada@example.com "])
def test_email_is_stored_in_lower_case_and_found_in_any(email: str) -> None:
    """Case and surrounding blanks do not make another account."""
    account = User.objects.create_user(email, PASSWORD)
    account.refresh_from_db()
    assert account.email == str(account) == "ada@example.com"
    assert User.objects.get_by_natural_key(email) == account
    with pytest.raises(ValidationError) as caught:
        User.objects.create_user("Ada@example.com", PASSWORD)
    assert list(caught.value.message_dict) == ["email"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "ada@"),
        ("email", "a" * EMAIL_LENGTH + "@example.com"),
        ("full_name", "x" * (FULL_NAME_LENGTH + 1)),
    ],
)
def test_value_that_is_none_is_refused(field: str, value: str) -> None:
    """The limits are the model's own, not only the serializer's."""
    fields: dict[str, Any] = {"email": "ada@example.com", field: value}
    with pytest.raises(ValidationError) as caught:
        User.objects.create_user(**fields, password=PASSWORD)
    assert list(caught.value.message_dict) == [field]


def test_password_cannot_be_read_back() -> None:
    """It is hashed with Argon2; without a password none fits."""
    account = User.objects.create_user("ada@example.com", PASSWORD)
    assert account.password.startswith("argon2$argon2id$")
    assert account.check_password(PASSWORD)
    assert not User.objects.create_user("bob@example.com").has_usable_password()


def test_rights_are_given_and_never_there_by_default() -> None:
    """Only the first admin has all of them at once."""
    account = User.objects.create_user("ada@example.com", PASSWORD)
    assert (account.is_active, account.is_staff, account.is_superuser) == (1, 0, 0)
    admin = User.objects.create_superuser("root@example.com", PASSWORD)
    assert (admin.is_active, admin.is_staff, admin.is_superuser) == (1, 1, 1)
    assert list(User.objects.all()) == [admin, account]
