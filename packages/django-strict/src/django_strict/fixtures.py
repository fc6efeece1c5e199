"""Fixtures that every project's tests need: caches, servers that are dead, tasks, logs.

The package's plugin shows them to all tests of a project.
"""

import io
import json
import logging
import socket

# pydoclint takes a quoted Iterator for a plain return value.
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import caches
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import override_settings

from django_strict_asgi import throttling

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool
    from pytest_django import Settings


class CheapArgon2PasswordHasher(Argon2PasswordHasher):
    """The project's hasher at a cost that several hundred logins can pay."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


@pytest.fixture(scope="session", autouse=True)
def session_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Use a cheap password hash and a folder; databases are those of this run already."""
    hashers = [f"{__name__}.CheapArgon2PasswordHasher"]
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    with override_settings(
        PASSWORD_HASHERS=hashers,
        MEDIA_ROOT=tmp_path_factory.mktemp("media"),
        STORAGES={**configured.STORAGES, "default": files},
    ):
        yield


@pytest.fixture(autouse=True)
def clean_caches(session_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty the cache, which counts for the throttles, and the sessions."""
    del session_settings
    counters = throttling.LocalCounters()
    monkeypatch.setattr(throttling, "local_counters", counters)
    for cache in caches:
        caches[cache].clear()


@pytest.fixture
def closed_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def dead_database(
    db: None, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Let all database connections, and their pool, lead to where nothing listens."""
    del db
    pools: dict[str, ConnectionPool] = {}
    monkeypatch.setattr(DatabaseWrapper, "_connection_pools", pools)
    address = {"HOST": "127.0.0.1", "PORT": str(closed_port)}
    moved = {**connections.settings[DEFAULT_DB_ALIAS], **address}
    monkeypatch.setitem(connections.settings, DEFAULT_DB_ALIAS, moved)
    # This thread has its connection already.
    alive = connections[DEFAULT_DB_ALIAS]
    dead = alive.copy()
    options = {**dead.settings_dict["OPTIONS"]}
    options.pop("pool", None)
    dead.settings_dict |= {**address, "OPTIONS": options}
    connections[DEFAULT_DB_ALIAS] = dead
    yield
    connections[DEFAULT_DB_ALIAS] = alive
    for pool in pools.values():
        pool.close()


@pytest.fixture
def dead_redis(settings: "Settings", closed_port: int) -> None:
    """Let the cache and the sessions lead to a port where nothing listens."""
    location = f"redis://127.0.0.1:{closed_port}/0"
    settings.CACHES = {
        alias: {**cache, "LOCATION": location}
        for alias, cache in settings.CACHES.items()
    }


@pytest.fixture
def immediate_tasks(settings: "Settings") -> None:
    """Run background tasks at once: no worker sees what a test has not committed."""
    settings.TASKS = {
        "default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}
    }


class LogLines(Protocol):
    """Returns the log lines written so far, parsed."""

    def __call__(self, logger: str = "") -> list[dict[str, Any]]:
        """Return the lines of a logger and its children, or all lines."""


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """Capture what the project's own log handler writes."""
    handler = logging.getHandlerByName("stderr")
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    previous = handler.setStream(stream)

    def read(logger: str = "") -> list[dict[str, Any]]:
        """Parse the captured lines."""
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [line for line in lines if line["logger"].startswith(logger)]

    yield read
    handler.setStream(previous or io.StringIO())
