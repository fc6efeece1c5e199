"""Django's cache for async views, without a thread.

django-redis has no async code: its async methods run the sync ones in threads. Here
``redis.asyncio`` reads and writes the same keys and values.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakKeyDictionary

from django.conf import settings
from django.core.cache import caches
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable

    from django_redis.cache import RedisCache
    from django_redis.client import DefaultClient

logger = logging.getLogger(__name__)
# Seconds, for an answer, for a connection and for one of these to be free: Redis answers in
# microseconds.
TIMEOUT: Final = 0.3
MAX_CONNECTIONS: Final = 20  # of a worker
ERRORS: Final = (RedisError, OSError, TimeoutError)


class AsyncCache:
    """One of ``CACHES`` whose backend is django-redis; a dead Redis costs a miss."""

    def __init__(self, alias: str = "default") -> None:
        """Connect to nothing yet.

        Args:
            alias: Its name in ``CACHES``.
        """
        self._alias = alias
        # Connections belong to an event loop; each test has a loop of its own.
        self._clients: WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[Redis, AsyncGenerator[Redis]]
        ] = WeakKeyDictionary()

    async def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as Django's
        """Read a value, whoever wrote it.

        Args:
            key: Its key, as in Django's cache.
            default: What to answer if there is none.

        Returns:
            The value, or the default.
        """
        keys = self._keys()
        client = await self._client()
        value = await _unless_dead(client.get(keys.make_key(key)))
        return default if value is None else keys.decode(value)

    async def set(self, key: str, value: object, timeout: float | None = 300) -> bool:
        """Write a value.

        Args:
            key: Its key.
            value: What JSON can say.
            timeout: Seconds for which it is kept; None for ever.

        Returns:
            Whether Redis took it.
        """
        keys = self._keys()
        milliseconds = None if timeout is None else max(1, round(timeout * 1000))
        client = await self._client()
        writing = client.set(keys.make_key(key), keys.encode(value), px=milliseconds)
        return bool(await _unless_dead(writing))

    async def delete(self, key: str) -> bool:
        """Forget a value.

        Args:
            key: Its key.

        Returns:
            Whether there was one.
        """
        client = await self._client()
        name = self._keys().make_key(key)
        return bool(await _unless_dead(client.delete(name)))

    def _keys(self) -> "DefaultClient":
        """Find what django-redis makes keys and values with."""
        client: DefaultClient = cast("RedisCache", caches[self._alias]).client
        return client

    async def _client(self) -> Redis:
        """Find the client of this event loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            opened = self._open()
            self._clients[loop] = (await anext(opened), opened)
        return self._clients[loop][0]

    async def _open(self) -> "AsyncGenerator[Redis]":
        """Hold a client until its event loop ends: that closes its generators."""
        pool = BlockingConnectionPool.from_url(
            settings.CACHES[self._alias]["LOCATION"],
            max_connections=MAX_CONNECTIONS,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            # One at once heals a connection that a restart cut; the client's own would
            # keep a request waiting for seconds.
            retry=Retry(NoBackoff(), retries=1),
        )
        async with Redis.from_pool(pool) as client:
            yield client


async def _unless_dead[Answer](asking: "Awaitable[Answer]") -> "Answer | None":
    """Wait for Redis; log that it is dead."""
    try:
        return await asking
    except ERRORS:
        logger.exception("Redis does not answer.")
        return None
