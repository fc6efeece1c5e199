"""The account: its constraints hold in the database, whoever writes to it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from apps.users.fields import EMAIL_LENGTH
from apps.users.models import FULL_NAME_LENGTH, User
from apps.users.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("email", "constraint"),
    [
        ("ada@example.com", "users_user_email_unique"),
        ("Bob@example.com", "users_user_email_mailable"),
        ("bob@ex\u00e4mple.com", "users_user_email_mailable"),
        ("b\u200bob@example.com", "users_user_email_mailable"),
        ('"b b"@example.com', "users_user_email_mailable"),
        (f"{'b' * 65}@example.com", "users_user_email_mailable"),
    ],
)
def test_database_refuses(email: str, constraint: str) -> None:
    """The constraint needs no help of Python."""
    UserFactory.create(email="ada@example.com")
    other = UserFactory.create()
    statement = "UPDATE users_user SET email = %s WHERE id = %s"
    with (
        pytest.raises(IntegrityError, match=constraint),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [email, other.pk])


@pytest.mark.parametrize(
    ("email", "stored"),
    [
        *[
            (email, "ada@example.com")
            for email in ("ADA@EXAMPLE.COM", " ada@example.com ")
        ],
        *[
            (email, "ada@xn--exmple-cua.com")
            for email in (
                "ada@ex\u00e4mple.com",
                "ADA@EXA\u0308MPLE\u3002COM",
                "\uff21da@ex\u00e4mple.com",
                "ada@xn--exmple-cua.com",
            )
        ],
    ],
)
def test_ways_to_write_an_address_are_one_account(email: str, stored: str) -> None:
    """Its domain as people read it or as DNS knows it, in letters of any case or width."""
    account = User.objects.create_user(email, PASSWORD)
    account.refresh_from_db()
    assert account.email == str(account) == stored
    assert User.objects.get_by_natural_key(stored) == account
    assert User.objects.get_by_natural_key(email) == account
    with pytest.raises(ValidationError) as caught:
        User.objects.create_user(stored.title(), PASSWORD)
    assert list(caught.value.message_dict) == ["email"]


@pytest.mark.parametrize(
    "email",
    [
        "ad\u00ada@example.com",
        "ada@exam\u00adple.com",
        "ada@exam\u200bple.com",
        "ada\u2060@example.com",
        "ada@exam\ufe0fple.com",
        "ad\u0430@example.com",
        "j\u00f6rg@example.com",
        '"ada"@example.com',
        "ada@[127.0.0.1]",
        f"{'a' * 65}@example.com",
    ],
)
def test_address_that_looks_like_another_or_cannot_be_mailed_is_none(
    email: str,
) -> None:
    """It makes no account, and finds none."""
    UserFactory.create(email="ada@example.com")
    with pytest.raises(ValidationError) as caught:
        User.objects.create_user(email, PASSWORD)
    assert "email" in caught.value.message_dict
    assert not User.objects.filter(email=email).exists()


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
