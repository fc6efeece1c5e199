"""The cache of async views is Django's, and needs no thread."""

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache, caches
from django.core.exceptions import ImproperlyConfigured
from django_redis import get_redis_connection

from django_strict_asgi.cache import AsyncCache

if TYPE_CHECKING:
    from pytest_django import SettingsWrapper

    from tests.conftest import LogLines

VALUES = ["text", 7, 1.5, True, None, [1, {"two": 2}]]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_async_code_writes_sync_code_reads(value: object) -> None:
    """Under the same key, whatever JSON can say."""
    assert async_to_sync(AsyncCache().set)("key", value)
    assert "key" in cache
    assert cache.get("key", "default") == value


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_sync_code_writes_async_code_reads(value: object) -> None:
    """And nothing of another cache."""
    cache.set("key", value)
    assert async_to_sync(AsyncCache().get)("key", "default") == value
    caches["sessions"].set("other", value)
    assert async_to_sync(AsyncCache().get)("other", "default") == "default"
    assert async_to_sync(AsyncCache("sessions").get)("other", "default") == value


def test_a_value_is_forgotten_after_its_time() -> None:
    """Five minutes, unless somebody says otherwise."""
    async_to_sync(AsyncCache().set)("key", 1)
    assert 0 < cache.ttl("key") <= 300
    async_to_sync(AsyncCache().set)("key", 1, timeout=0.05)
    assert 0 < cache.pttl("key") <= 50
    assert async_to_sync(AsyncCache().set)("key", 1, timeout=0.0001)
    async_to_sync(AsyncCache().set)("key", 1, timeout=None)
    assert cache.ttl("key") is None


def test_a_value_is_deleted() -> None:
    """The answer tells whether there was one."""
    cache.set("key", 1)
    assert async_to_sync(AsyncCache().delete)("key") is True
    assert async_to_sync(AsyncCache().delete)("key") is False
    assert cache.get("key") is None


def test_no_thread_is_used_and_connections_are_used_again() -> None:
    """Fifty at once share twenty, and the next fifty need no new one."""

    async def ask() -> tuple[int, int, int]:
        """Read again and again."""
        own = AsyncCache()
        await own.set("key", 1)
        before = threading.active_count()
        assert sum(await asyncio.gather(*(own.get("key") for _ in range(50)))) == 50
        client = await own._client()
        first = len(await client.client_list())
        await asyncio.gather(*(own.get("key") for _ in range(50)))
        return threading.active_count() - before, first, len(await client.client_list())

    threads, first, second = async_to_sync(ask)()
    assert threads == 0
    assert second <= first


@pytest.mark.usefixtures("dead_redis")
def test_a_dead_redis_costs_a_miss(log_lines: "LogLines") -> None:
    """Never a request, and the cause goes to the log."""
    own = AsyncCache()
    started = time.monotonic()
    assert async_to_sync(own.get)("key", "default") == "default"
    assert async_to_sync(own.set)("key", 1) is False
    assert async_to_sync(own.delete)("key") is False
    assert time.monotonic() - started < 2
    assert len(log_lines("django_strict_asgi.cache")) == 3


def test_a_connection_that_the_server_ended_is_opened_anew() -> None:
    """A restart costs no miss."""

    async def ask() -> object:
        """Read over a connection that is no more."""
        own = AsyncCache()
        await own.set("key", 1)
        address = (await (await own._client()).client_info())["addr"]
        get_redis_connection("default").client_kill(address)
        return await own.get("key")

    assert async_to_sync(ask)() == 1


def test_sentinels_are_refused(settings: "SettingsWrapper") -> None:
    """In words: it asks one server."""
    location = {"LOCATION": "redis+sentinel://a:1,b:2/name/0"}
    settings.CACHES = {"default": {**settings.CACHES["default"], **location}}
    with pytest.raises(ImproperlyConfigured, match="behind sentinels use Django's"):
        async_to_sync(AsyncCache().get)("key")
