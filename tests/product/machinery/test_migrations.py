"""Accounts of before come along when the tables change."""

import secrets

import pytest
from django.core.management import CommandError
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from rest_framework.authentication import TokenAuthentication

from apps.users.models import Token, User
from apps.users.tests.factories import UserFactory

LATEST = "0004_accounts"
IDN = "ada@xn--exmple-cua.com"


def migrate(name: str) -> None:
    """Bring the tables of accounts to the state of a migration."""
    MigrationExecutor(connection).migrate([("users", name)])
    # As the command does: what empties the tables of tests listens.
    emit_post_migrate_signal(0, interactive=False, db=connection.alias)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("email", "other", "outcome"),
    [
        ("ada@ex\u00e4mple.com", "bob@example.com", None),
        ("ada@ex\u00e4mple.com", IDN, "are one address"),
        ("j\u00f6rg@example.com", "bob@example.com", "cannot be mailed"),
    ],
)
def test_accounts_of_before_are_normalised(
    email: str, other: str, outcome: str | None
) -> None:
    """Where a person has to decide, the migration names the accounts and stops."""
    UserFactory.create_batch(2)
    ids = list(User.objects.order_by("pk").values_list("pk", flat=True))
    migrate("0002_sessions")
    try:
        with connection.cursor() as cursor:
            for pk, text in zip(ids, [email, other], strict=True):
                cursor.execute(
                    "UPDATE users_user SET email = %s WHERE id = %s", [text, pk]
                )
        if outcome:
            with pytest.raises(CommandError, match=outcome) as caught:
                migrate("0003_email")
            assert str(ids[0]) in str(caught.value)
        else:
            migrate(LATEST)
            assert User.objects.get(pk=ids[0]).email == IDN
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM users_user")
        migrate(LATEST)


@pytest.mark.django_db(transaction=True)
def test_tokens_of_before_go_on_and_are_hashed() -> None:
    """A project that used DRF's table logs nobody out; no key is left in the clear."""
    account, key = UserFactory.create(), secrets.token_hex(20)
    migrate("0003_email")
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE authtoken_token (key varchar(40) PRIMARY KEY,"
                " created timestamptz NOT NULL, user_id bigint NOT NULL)"
            )
            cursor.execute(
                "INSERT INTO authtoken_token VALUES (%s, now(), %s)", [key, account.pk]
            )
            migrate(LATEST)
            cursor.execute("SELECT * FROM authtoken_token")
            assert not cursor.fetchall()
            cursor.execute("DROP TABLE authtoken_token")
    finally:
        migrate(LATEST)
    user, token = TokenAuthentication().authenticate_credentials(key)
    assert (user, token.user) == (account, account)
    assert key not in str(list(Token.objects.values()))
