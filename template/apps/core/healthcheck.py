"""Health check endpoints for load balancers and container orchestration."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from redis.asyncio import Redis
from redis.exceptions import RedisError

from apps.core.errors import error_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from django.http import HttpRequest

logger = logging.getLogger(__name__)

# Seconds. A probe that waits longer than two would count a slow answer as none.
TIMEOUT: Final = 1.5
OK: Final = "ok"
UNAVAILABLE: Final = "error: unavailable"
TIMED_OUT: Final = "error: timeout"
# Seconds for which an answer counts: however many ask, each dependency is asked about
# once a second by each worker.
SHARED_FOR: Final = 1.0
# Threads of its own: checks that hang on a dead PostgreSQL starve nobody else.
_executor: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="health")


def read_only(
    view: "Callable[[HttpRequest], Coroutine[None, None, JsonResponse]]",
) -> "Callable[[HttpRequest], Coroutine[None, None, JsonResponse]]":
    """Refuse all methods but GET and HEAD, with a JSON body unlike Django's own.

    Args:
        view: The async view.

    Returns:
        The guarded view.
    """

    @wraps(view)
    async def guarded(request: "HttpRequest") -> JsonResponse:
        """Answer GET and HEAD, and refuse all else."""
        if request.method in {"GET", "HEAD"}:
            return await view(request)
        return error_response(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "method_not_allowed",
            f'Method "{request.method}" not allowed.',
            headers={"Allow": "GET, HEAD"},
        )

    return guarded


@never_cache
@read_only
async def health(request: "HttpRequest") -> JsonResponse:
    """Tell whether the project can do its work.

    Both dependencies are asked at the same time, for two seconds at most; what they
    answered counts for a second.

    Args:
        request: The request; needs no credentials.

    Returns:
        200 when PostgreSQL and Redis answer, else 503; the body names the culprit in
        fixed words, the cause goes to the log.
    """
    del request
    db, cache = _postgresql.known(), _redis.known()
    if db is None or cache is None:
        db, cache = await asyncio.gather(_postgresql.verdict(), _redis.verdict())
    healthy = db == cache == OK
    return JsonResponse(
        {
            "status": "healthy" if healthy else "unhealthy",
            "db": db,
            "cache": cache,
        },
        status=HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE,
    )


@never_cache
@read_only
async def live(request: "HttpRequest") -> JsonResponse:
    """Tell that the process answers; touches nothing behind it.

    Args:
        request: The request; needs no credentials.

    Returns:
        200.
    """
    del request
    return JsonResponse({"status": "alive"})


async def check_database() -> bool:
    """Ask PostgreSQL for a sign of life.

    Returns:
        Whether it answered.
    """
    return await sync_to_async(
        _database_answers, thread_sensitive=False, executor=_executor
    )()


async def check_cache() -> bool:
    """Ask Redis for a sign of life, past the cache that hides its errors.

    Returns:
        Whether it answered.
    """
    client = Redis.from_url(
        settings.CACHES["default"]["LOCATION"], socket_connect_timeout=TIMEOUT
    )
    async with client:
        return bool(await client.ping())


def _database_answers() -> bool:
    """Borrow a connection and try it.

    Returns:
        Whether it works.
    """
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        connection.ensure_connection()
        return bool(connection.is_usable())
    finally:
        connection.close()


class SharedCheck:
    """Checks a dependency for all who ask at the same time, or soon after."""

    def __init__(
        self,
        name: str,
        check: "Callable[[], Awaitable[bool]]",
        address: "Callable[[], object]",
    ) -> None:
        """Remember what to check.

        Args:
            name: What is checked, for the log.
            check: Tells whether it can be used.
            address: Says where it is; a verdict counts for this address alone.
        """
        self._name = name
        self._check = check
        self._address = address
        self._found = ""
        self._found_at: object = None
        self._counts_until = 0.0
        self._task: asyncio.Task[str] | None = None
        self._asked_at: object = None

    def known(self) -> str | None:
        """Return the verdict that still counts.

        Returns:
            The verdict, or None when the dependency has to be asked.
        """
        fresh = time.monotonic() < self._counts_until
        return self._found if fresh and self._found_at == self._address() else None

    async def verdict(self) -> str:
        """Return the verdict that still counts, or take part in finding a new one.

        Returns:
            One of ``ok``, ``error: unavailable`` and ``error: timeout``.
        """
        if (known := self.known()) is not None:
            return known
        where = (asyncio.get_running_loop(), self._address())
        if self._task is None or self._task.done() or self._asked_at != where:
            self._asked_at = where
            self._task = asyncio.create_task(self._ask())
        # Whoever asked first may go away; the others still wait.
        return await asyncio.shield(self._task)

    async def _ask(self) -> str:
        """Ask the dependency and remember its answer.

        Returns:
            The verdict.
        """
        address = self._address()
        found = await _verdict(self._name, self._check())
        self._found, self._found_at = found, address
        self._counts_until = time.monotonic() + SHARED_FOR
        return found


async def _verdict(name: str, check: "Awaitable[bool]") -> str:
    """Wait for a check, not too long, and put its result into fixed words.

    Args:
        name: What is checked, for the log.
        check: The check.

    Returns:
        One of ``ok``, ``error: unavailable`` and ``error: timeout``.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            usable = await check
    except TimeoutError:
        logger.warning("%s did not answer within %s s.", name, TIMEOUT)
        return TIMED_OUT
    except (DatabaseError, RedisError, OSError) as error:
        logger.warning("%s cannot be reached: %s", name, error)
        return UNAVAILABLE
    return OK if usable else UNAVAILABLE


def _database_address() -> object:
    """Say where PostgreSQL is.

    Returns:
        Host and port.
    """
    entry = connections.settings[DEFAULT_DB_ALIAS]
    return entry["HOST"], entry["PORT"]


def _redis_address() -> object:
    """Say where Redis is.

    Returns:
        Its URL.
    """
    return settings.CACHES["default"]["LOCATION"]


_postgresql: Final = SharedCheck("PostgreSQL", check_database, _database_address)
_redis: Final = SharedCheck("Redis", check_cache, _redis_address)
