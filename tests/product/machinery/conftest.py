"""Fixtures of the tests that judge the template's own machinery."""

import secrets
import socket
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django_redis import get_redis_connection

from apps.core import healthcheck
from config import settings as configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings


@pytest.fixture
def silent_port() -> "Iterator[int]":
    """Return a port that accepts connections and never says a word: a hung server."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def configured_hashers(settings: "Settings") -> None:
    """Hash passwords as the project does outside tests."""
    settings.PASSWORD_HASHERS = configured.PASSWORD_HASHERS


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what an earlier test found out about PostgreSQL and Redis."""
    monkeypatch.setattr(healthcheck.dependencies, "fresh_until", 0.0)


@pytest.fixture
def reading_redis(settings: "Settings") -> "Iterator[None]":
    """Let Redis refuse all that writes, as a replica or a full one does."""
    name, password = f"reader-{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    server = get_redis_connection("default")
    server.acl_setuser(
        name,
        enabled=True,
        passwords=[f"+{password}"],
        keys=["*"],
        categories=["+@all", "-@write"],
    )
    changed = {}
    for alias, cache in settings.CACHES.items():
        url = urlsplit(cache.get("LOCATION", ""))
        netloc = f"{name}:{password}@{url.netloc.rpartition('@')[2]}"
        changed[alias] = {**cache, "LOCATION": url._replace(netloc=netloc).geturl()}
    settings.CACHES = changed
    yield
    server.acl_deluser(name)
