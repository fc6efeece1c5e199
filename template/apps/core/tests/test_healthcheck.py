"""The health endpoints: what a load balancer is told."""

import asyncio
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import AsyncClient
from django.urls import reverse

from apps.core import healthcheck

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg_pool import ConnectionPool
    from pytest_django import DjangoAssertNumQueries, Settings
    from rest_framework.test import APIClient

    from tests.conftest import LogLines

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
def test_healthy(api: "APIClient") -> None:
    """Everything answers: 200 and nothing that a cache may keep."""
    answer = api.get(reverse("health"))
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == OK
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_healthy_under_asgi() -> None:
    """The async handler chain gives the same answer."""
    answer = async_to_sync(AsyncClient().get)(reverse("health"))
    assert answer.json() == OK


@pytest.mark.django_db
def test_needs_no_credentials_and_ignores_wrong_ones(api: "APIClient") -> None:
    """A probe with stale credentials is answered like any other."""
    answer = api.get(reverse("health"), HTTP_AUTHORIZATION="Token stale")
    assert answer.status_code == HTTPStatus.OK


@pytest.mark.django_db
def test_head_is_answered(api: "APIClient") -> None:
    """Some load balancers ask with HEAD."""
    answer = api.head(reverse("health"))
    assert answer.status_code == HTTPStatus.OK
    assert not answer.content


@pytest.mark.django_db
def test_dead_database_is_named(
    api: "APIClient",
    move_database: "MoveDatabase",
    closed_port: int,
    log_lines: "LogLines",
) -> None:
    """Without PostgreSQL: 503, fixed words for the client, the cause in the log."""
    move_database(closed_port)
    answer = api.get(reverse("health"))
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    body = answer.json()
    assert body["status"] == "unhealthy"
    assert body["db"] in {"error: unavailable", "error: timeout"}
    assert body["cache"] == "ok"
    assert "PostgreSQL" in str(log_lines("apps.core.healthcheck"))


@pytest.mark.django_db
def test_dead_redis_is_named(
    api: "APIClient", move_redis: "MoveRedis", closed_port: int, log_lines: "LogLines"
) -> None:
    """Without Redis: 503, although the cache itself hides such errors."""
    move_redis(closed_port)
    answer = api.get(reverse("health"))
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json() == {
        "status": "unhealthy",
        "db": "ok",
        "cache": "error: unavailable",
    }
    assert str(closed_port) in str(log_lines("apps.core.healthcheck"))
    assert str(closed_port) not in answer.text


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
def test_recovers_by_itself(
    api: "APIClient", settings: "Settings", closed_port: int
) -> None:
    """Nothing has to be restarted when a dependency is back."""
    alive = settings.CACHES
    dead = {**alive["default"], "LOCATION": f"redis://127.0.0.1:{closed_port}/0"}
    settings.CACHES = {**alive, "default": dead}
    assert api.get(reverse("health")).json()["status"] == "unhealthy"
    settings.CACHES = alive
    assert api.get(reverse("health")).json() == OK


def test_live_touches_nothing(
    api: "APIClient",
    move_database: "MoveDatabase",
    move_redis: "MoveRedis",
    closed_port: int,
) -> None:
    """The process answers for itself alone."""
    move_database(closed_port)
    move_redis(closed_port)
    answer = api.get(reverse("health-live"))
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {"status": "alive"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["health", "health-live"])
def test_request_uses_no_connection_of_its_own(
    name: str, api: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
) -> None:
    """Neither sessions nor accounts are looked up for a probe."""
    with django_assert_num_queries(0):
        api.get(reverse(name))


def test_result_is_shared_for_a_second() -> None:
    """However many ask, a dependency is asked once, and again when a second is over."""
    asked: list[object] = []

    async def check() -> bool:
        """Answer after a moment."""
        asked.append(None)
        await asyncio.sleep(0.01)
        return True

    shared = healthcheck.SharedCheck("Something", check, lambda: "somewhere")

    async def crowd() -> list[str]:
        """Ask ten times at once."""
        return await asyncio.gather(*(shared.verdict() for _ in range(10)))

    assert asyncio.run(crowd()) == ["ok"] * 10
    assert asyncio.run(crowd()) == ["ok"] * 10
    once = len(asked)
    assert once == 1
    time.sleep(healthcheck.SHARED_FOR)
    assert shared.known() is None
    asyncio.run(crowd())
    assert len(asked) == once + 1


def test_result_of_another_address_does_not_count() -> None:
    """What was found out about one server says nothing about the next."""
    address = ["first"]

    async def check() -> bool:
        """Answer for the first server alone."""
        return address == ["first"]

    shared = healthcheck.SharedCheck("Something", check, lambda: address[0])
    assert asyncio.run(shared.verdict()) == "ok"
    address[0] = "second"
    assert asyncio.run(shared.verdict()) == "error: unavailable"


def test_probe_that_goes_away_takes_no_other_with_it() -> None:
    """The check goes on for those who still wait."""

    async def check() -> bool:
        """Answer after a moment."""
        await asyncio.sleep(0.05)
        return True

    shared = healthcheck.SharedCheck("Something", check, lambda: "somewhere")

    async def scenario() -> str:
        """Give up with one probe while another waits."""
        first = asyncio.create_task(shared.verdict())
        second = asyncio.create_task(shared.verdict())
        await asyncio.sleep(0.01)
        first.cancel()
        return await second

    assert asyncio.run(scenario()) == "ok"
