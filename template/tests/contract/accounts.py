"""Create accounts with credentials, in the database of the running project.

Each request of the contract test comes from another account, since many of them end an
account or its credentials, and since an account may send a thousand an hour.
"""

import json
import secrets
from pathlib import Path
from typing import Final

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from rest_framework.authtoken.models import Token

from apps.users.models import User

type Carried = dict[str, dict[str, str]]

BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


def create(file: str, count: int) -> None:
    """Write credentials of every kind to a file.

    Args:
        file: Where to write them, as JSON: for each kind a list of what is sent.
        count: How many accounts of each kind.
    """
    users = [_accounts(kind, count) for kind in ("user", "staff", "session")]
    Path(file).write_text(
        json.dumps(
            {
                "user": _tokens(users[0]),
                "staff": _tokens(users[1]),
                "session": _sessions(users[2]),
            }
        ),
        encoding="utf-8",
    )


def _accounts(kind: str, count: int) -> list[User]:
    """Create accounts that nobody can log in to.

    Args:
        kind: What they are for.
        count: How many.

    Returns:
        The accounts.
    """
    return User.objects.bulk_create(
        User(
            email=f"{kind}-{number}@example.com",
            full_name=f"Number {number}",
            is_staff=kind == "staff",
            password="!",  # noqa: S106 - no password fits this
        )
        for number in range(count)
    )


def _tokens(accounts: list[User]) -> list[Carried]:
    """Give each account a token.

    Args:
        accounts: The accounts.

    Returns:
        What a request with that token carries.
    """
    tokens = [Token(user=user, key=Token.generate_key()) for user in accounts]
    Token.objects.bulk_create(tokens)
    return [{"headers": {"Authorization": f"Token {token.key}"}} for token in tokens]


def _sessions(accounts: list[User]) -> list[Carried]:
    """Open a session for each account.

    Args:
        accounts: The accounts.

    Returns:
        What a request of that session carries, a CSRF token included.
    """
    carried = []
    for user in accounts:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = BACKEND
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        token = secrets.token_hex(16)
        carried.append(
            {
                "headers": {"X-CSRFToken": token},
                "cookies": {"sessionid": str(session.session_key), "csrftoken": token},
            }
        )
    return carried
