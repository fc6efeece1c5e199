"""What requests do to each other while one of them hashes, or deletes."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections, transaction

from apps.users import services
from apps.users.models import Token, User
from apps.users.tests.factories import (
    OTHER_PASSWORD,
    PASSWORD,
    UserFactory,
    reset_link,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_new_hash_at_login_does_not_undo_a_password_change() -> None:
    """A login that began before the change must not write the old password back."""
    # At a cost that is not the project's.
    former = Argon2PasswordHasher().encode(PASSWORD, secrets.token_hex(8))
    account = UserFactory.create(password=former)
    late = User.objects.get()
    services.password_change(
        user=account,
        current_password=PASSWORD,
        new_password=OTHER_PASSWORD,
    )
    assert late.check_password(PASSWORD)
    assert User.objects.get().check_password(OTHER_PASSWORD)


@pytest.mark.parametrize("how", ["change", "reset"])
def test_no_lock_is_held_while_a_password_is_hashed(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others that need the account would wait as long as hashing takes."""
    account = UserFactory.create()
    set_password = User.set_password
    hashed: list[User] = []

    def lock() -> User:
        """Lock the account, at once or not at all."""
        try:
            with transaction.atomic():
                return User.objects.select_for_update(nowait=True).get()
        finally:
            connections.close_all()

    def lock_meanwhile(user: User, password: str) -> None:
        """Let somebody else lock the account."""
        with ThreadPoolExecutor(1) as threads:
            hashed.append(threads.submit(lock).result())
        set_password(user, password)

    monkeypatch.setattr(User, "set_password", lock_meanwhile)
    if how == "change":
        services.password_change(
            user=account, current_password=PASSWORD, new_password=OTHER_PASSWORD
        )
    else:
        services.password_reset_confirm(
            **reset_link(account, new_password=OTHER_PASSWORD)
        )
    assert hashed == [account]


def test_token_asked_for_during_a_deletion_stops_neither() -> None:
    """The deletion waits for the token, and takes it along."""
    account = UserFactory.create()
    started = Event()

    def obtain() -> None:
        """Hold the account while a token is made for it."""
        try:
            with transaction.atomic():
                User.objects.select_for_update().get()
                started.set()
                time.sleep(0.2)
                Token.objects.create(user=account)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        token = threads.submit(obtain)
        assert started.wait(timeout=10)
        services.user_delete(user=account)
        token.result()
    assert not User.objects.exists()
    assert not Token.objects.exists()
