"""Passwords are hashed at a known cost, a few at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from argon2 import extract_parameters
from django.conf import settings
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    check_password,
    make_password,
)

from django_strict_asgi.hashers import Argon2Hasher

if TYPE_CHECKING:
    from pytest_django import Settings

AT_ONCE = settings.PASSWORD_HASHES_AT_ONCE


@pytest.fixture(autouse=True)
def real_hasher(settings: "Settings") -> None:
    """Use the hasher of production."""
    settings.PASSWORD_HASHERS = ["django_strict_asgi.hashers.Argon2Hasher"]


def test_cost_is_owasps() -> None:
    """19 MiB of memory, two passes, one lane."""
    encoded = make_password("secret").removeprefix("argon2")
    found = extract_parameters(encoded)
    assert (found.memory_cost, found.time_cost, found.parallelism) == (19456, 2, 1)


def test_older_hashes_verify_and_are_replaced() -> None:
    """Whoever logs in gets the new one."""
    old = Argon2PasswordHasher().encode("secret", "a" * 22)
    replaced: list[str] = []
    assert check_password("secret", old, setter=replaced.append)
    assert replaced == ["secret"]
    assert not check_password("other", old)


def test_few_are_computed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask: memory is what runs out."""
    running, most, lock = 0, 0, threading.Lock()

    def encode(self: Argon2PasswordHasher, password: str, salt: str) -> str:
        """Stand for the hash and count who is in it."""
        del self
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.02)
        with lock:
            running -= 1
        return f"{password}{salt}"

    monkeypatch.setattr(Argon2PasswordHasher, "encode", encode)
    with ThreadPoolExecutor(4 * AT_ONCE) as pool:
        list(pool.map(lambda _: Argon2Hasher().encode("a", "b"), range(4 * AT_ONCE)))
    assert most == AT_ONCE
