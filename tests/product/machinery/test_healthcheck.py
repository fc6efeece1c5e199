"""The health check under load, with servers that hang, and after they are back."""

import asyncio
import time
from http import HTTPStatus
from threading import Event
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import AsyncClient
from django.urls import reverse

from apps.core import healthcheck
from django_strict_asgi import health

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg_pool import ConnectionPool
    from pytest_django import Settings
    from rest_framework.test import APIClient

    MoveDatabase = Callable[[int], None]
    MoveRedis = Callable[[int], None]

LONGEST = 2.5  # seconds
OK = {"status": "healthy", "db": "ok", "cache": "ok"}


@pytest.fixture
def move_database(monkeypatch: pytest.MonkeyPatch) -> "Iterator[MoveDatabase]":
    """Return a function that points new connections and their pool at another port."""
    pools: dict[str, ConnectionPool] = {}
    monkeypatch.setattr(DatabaseWrapper, "_connection_pools", pools)

    def move(port: int) -> None:
        """Change the address that connections made from now on use."""
        entry = connections.settings[DEFAULT_DB_ALIAS]
        moved = {**entry, "HOST": "127.0.0.1", "PORT": str(port)}
        monkeypatch.setitem(connections.settings, DEFAULT_DB_ALIAS, moved)

    yield move
    for pool in pools.values():
        pool.close()


@pytest.fixture
def move_redis(settings: "Settings") -> "MoveRedis":
    """Return a function that points the cache at another port."""

    def move(port: int) -> None:
        """Change the address of the cache."""
        location = f"redis://127.0.0.1:{port}/0"
        settings.CACHES = {
            alias: {**cache, "LOCATION": location}
            for alias, cache in settings.CACHES.items()
        }

    return move


@pytest.mark.django_db
def test_hung_dependencies_do_not_hang_the_check(
    move_database: "MoveDatabase", move_redis: "MoveRedis", silent_port: int
) -> None:
    """Servers that accept and never answer cost two seconds together, not each."""
    move_redis(silent_port)
    move_database(silent_port)
    started = time.monotonic()
    answer = async_to_sync(AsyncClient().get)(reverse("health"))
    assert time.monotonic() - started < LONGEST
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json() == {
        "status": "unhealthy",
        "db": "error: timeout",
        "cache": "error: timeout",
    }


@pytest.mark.django_db
def test_sessions_have_to_be_reached_too(
    api: "APIClient", closed_port: int, settings: "Settings"
) -> None:
    """They may be on another server than the cache."""
    alias = settings.SESSION_CACHE_ALIAS
    moved = {"LOCATION": f"redis://127.0.0.1:{closed_port}/1"}
    settings.CACHES = {**settings.CACHES, alias: settings.CACHES[alias] | moved}
    assert api.get(reverse("health")).json() == {
        **OK,
        "status": "unhealthy",
        "cache": "error: unavailable",
    }


@pytest.mark.django_db
def test_a_database_that_hangs_leaves_redis_its_threads(api: "APIClient") -> None:
    """However many checks of it still wait."""
    over = Event()
    for _ in range(4):
        health.postgresql_answers._executor.submit(over.wait)
    try:
        answer = api.get(reverse("health")).json()
    finally:
        over.set()
    assert (answer["db"], answer["cache"]) == ("error: timeout", "ok")


@pytest.mark.django_db
def test_recovers_by_itself(
    api: "APIClient",
    move_redis: "MoveRedis",
    closed_port: int,
    settings: "Settings",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing has to be restarted when a dependency is back."""
    alive = settings.CACHES
    move_redis(closed_port)
    assert api.get(reverse("health")).json()["status"] == "unhealthy"
    settings.CACHES = alive
    assert api.get(reverse("health")).json()["status"] == "unhealthy"
    monkeypatch.setattr(healthcheck.dependencies, "fresh_until", 0.0)
    assert api.get(reverse("health")).json() == OK


def test_result_is_shared_for_a_second() -> None:
    """However many ask, a dependency is asked once, and again when a second is over."""
    asked: list[object] = []

    async def check() -> bool:
        """Answer after a moment."""
        asked.append(None)
        await asyncio.sleep(0.01)
        return True

    shared = health.SharedCheck(Something=check)

    async def crowd() -> list[list[str]]:
        """Ask ten times at once."""
        return await asyncio.gather(*(shared.verdicts() for _ in range(10)))

    assert asyncio.run(crowd()) == [["ok"]] * 10
    assert asyncio.run(crowd()) == [["ok"]] * 10
    once = len(asked)
    assert once == 1
    time.sleep(health.SHARED_FOR)
    asyncio.run(crowd())
    assert len(asked) == once + 1


def test_probe_that_goes_away_takes_no_other_with_it() -> None:
    """The check goes on for those who still wait."""

    async def check() -> bool:
        """Answer after a moment."""
        await asyncio.sleep(0.05)
        return True

    shared = health.SharedCheck(Something=check)

    async def scenario() -> list[str]:
        """Give up with one probe while another waits."""
        first = asyncio.create_task(shared.verdicts())
        second = asyncio.create_task(shared.verdicts())
        await asyncio.sleep(0.01)
        first.cancel()
        return await second

    assert asyncio.run(scenario()) == ["ok"]


@pytest.fixture
def read_only_postgresql(monkeypatch: pytest.MonkeyPatch) -> "Iterator[None]":
    """Let new connections, and their pool, read only, as with a server that stands by."""
    pools: dict[str, ConnectionPool] = {}
    monkeypatch.setattr(DatabaseWrapper, "_connection_pools", pools)
    entry = connections.settings[DEFAULT_DB_ALIAS]
    further = f"{entry['OPTIONS']['options']} -c default_transaction_read_only=on"
    options = {**entry["OPTIONS"], "options": further}
    moved = {**entry, "OPTIONS": options}
    monkeypatch.setitem(connections.settings, DEFAULT_DB_ALIAS, moved)
    yield
    for pool in pools.values():
        pool.close()


@pytest.mark.django_db
@pytest.mark.usefixtures("read_only_postgresql")
def test_database_that_only_reads_is_named(api: "APIClient") -> None:
    """A load balancer looks for another server."""
    answer = api.get(reverse("health"))
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json()["db"] == "error: read-only"


@pytest.mark.django_db
@pytest.mark.usefixtures("reading_redis")
def test_redis_that_only_reads_is_not_healthy(api: "APIClient") -> None:
    """It answers a ping and takes neither a session nor a throttle's count."""
    answer = api.get(reverse("health"))
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json()["cache"] == "error: unavailable"
