"""Accounts for tests."""

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.hashers import make_password
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from factory.declarations import LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory
from factory.faker import Faker

from apps.users.models import Token, User
from apps.users.tokens import reset_tokens

if TYPE_CHECKING:
    BaseFactory = DjangoModelFactory[User]
    BaseTokenFactory = DjangoModelFactory[Token]
else:
    BaseFactory = BaseTokenFactory = DjangoModelFactory

# Made again in each run: nothing here can leak, and nothing can come to rely on it.
PASSWORD: Final = f"{secrets.token_urlsafe(16)}-Aa1"
OTHER_PASSWORD: Final = f"{secrets.token_urlsafe(16)}-Bb2"


@cache
def password_hash() -> str:
    """Hash the password of all test accounts once, with the project's own hasher.

    Returns:
        The Argon2 hash: slow to make on purpose, so the accounts share one.
    """
    return make_password(PASSWORD)


class UserFactory(BaseFactory):
    """An ordinary, active account whose password is ``PASSWORD``."""

    class Meta:
        """Options."""

        model = User

    email = Sequence(lambda number: f"user{number}@example.com")
    full_name = Faker("name")
    password = LazyFunction(password_hash)


class StaffFactory(UserFactory):
    """An account that may use the admin site and the list of accounts."""

    is_staff = True


class TokenFactory(BaseTokenFactory):
    """The token of a device; it tells its key."""

    class Meta:
        """Options."""

        model = Token

    user = SubFactory(UserFactory)


def reset_link(account: User, **fields: Any) -> dict[str, Any]:
    """Make what a mailed reset link holds, and further fields of a request."""
    uid = urlsafe_base64_encode(force_bytes(account.pk))
    return {"uid": uid, "token": reset_tokens.make_token(account), **fields}
