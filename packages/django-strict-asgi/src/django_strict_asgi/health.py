"""Whether PostgreSQL and Redis can be used, asked once for all who want to know."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django_redis import get_redis_connection
from redis.exceptions import MovedError, RedisError, TimeoutError as SlowRedisError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

# Seconds. A probe that waits longer than two would count a slow answer as none.
TIMEOUT: Final = 1.5
# Seconds for which an answer counts: however many ask, each worker asks PostgreSQL and
# Redis once a second.
SHARED_FOR: Final = 1.0
KEPT_FOR: Final = 60  # seconds that Redis keeps what a check has written
READ_ONLY: Final = ("in_hot_standby", "default_transaction_read_only")


class ReadOnlyError(Exception):
    """A server answers and takes no writes, as during a fail-over."""


class SharedCheck:
    """Asks dependencies once for all who want to know at the same time, or soon after.

    Attributes:
        fresh_until: Until when the last verdicts count, in seconds of
            ``time.monotonic``.
    """

    def __init__(self, **checks: "Callable[[], Awaitable[bool]]") -> None:
        """Remember what to ask.

        Args:
            **checks: By the dependency's name, what tells whether it can be used.
        """
        self.fresh_until = 0.0
        self._checks = checks
        self._verdicts: list[str] = []
        self._task: asyncio.Task[list[str]] | None = None

    async def verdicts(self) -> list[str]:
        """Return the verdicts that still count, or take part in finding new ones.

        Returns:
            For each dependency ``ok``, ``error: unavailable``, ``error: timeout`` or
            ``error: read-only``.
        """
        if time.monotonic() < self.fresh_until:
            return self._verdicts
        # A task belongs to its event loop, and under WSGI each request has its own.
        loop = asyncio.get_running_loop()
        if not self._task or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._ask())
        # Whoever asked first may go away; the others still wait.
        return await asyncio.shield(self._task)

    async def _ask(self) -> list[str]:
        """Ask all dependencies at the same time and remember what they say.

        Returns:
            The verdicts.
        """
        self._verdicts = await asyncio.gather(
            *(_verdict(name, check()) for name, check in self._checks.items())
        )
        self.fresh_until = time.monotonic() + SHARED_FOR
        return self._verdicts


async def _verdict(name: str, check: "Awaitable[bool]") -> str:
    """Wait for a check, not too long, and put its result into fixed words.

    Args:
        name: What is checked, for the log.
        check: The check.

    Returns:
        The words.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            usable = await check
    except (TimeoutError, SlowRedisError):
        logger.warning("%s did not answer within %s s.", name, TIMEOUT)
        return "error: timeout"
    except ReadOnlyError:
        logger.warning("%s only reads.", name)
        return "error: read-only"
    except MovedError:
        logger.warning("%s is a node of a cluster, see docs/deployment.md.", name)
        usable = False
    except (DatabaseError, RedisError, OSError) as error:
        logger.warning("%s cannot be reached: %s", name, error)
        usable = False
    return "ok" if usable else "error: unavailable"


def on_own_threads(check: "Callable[[], bool]") -> "Callable[[], Awaitable[bool]]":
    """Let a check that hangs on a dead server starve nobody else.

    Args:
        check: The check.

    Returns:
        The same, to be awaited.
    """
    threads = ThreadPoolExecutor(4, thread_name_prefix="health")
    return sync_to_async(check, thread_sensitive=False, executor=threads)


@on_own_threads
def postgresql_answers() -> bool:
    """Borrow a connection and try it.

    Raises:
        ReadOnlyError: If it takes no writes.

    Returns:
        Whether it works.
    """
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        connection.ensure_connection()
        if not connection.is_usable():
            return False
        # PostgreSQL tells both by itself, with its answers.
        told = map(connection.connection.info.parameter_status, READ_ONLY)
        if "on" in told:
            raise ReadOnlyError
        return True
    finally:
        connection.close()


@on_own_threads
def redis_answers() -> bool:
    """Write to Redis, past the cache that hides its errors: a replica only reads.

    Returns:
        Whether it took what was written, for the cache and for the sessions.
    """
    clients = map(get_redis_connection, ("default", settings.SESSION_CACHE_ALIAS))
    return all(client.set("health", 1, ex=KEPT_FOR) for client in clients)
