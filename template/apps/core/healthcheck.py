"""Health check endpoints for load balancers and container orchestration."""

import asyncio
import logging
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

    Both dependencies are asked at the same time, and for two seconds at most.

    Args:
        request: The request; needs no credentials.

    Returns:
        200 when PostgreSQL and Redis answer, else 503; the body names the culprit in
        fixed words, the cause goes to the log.
    """
    del request
    db, cache = await asyncio.gather(
        _verdict("PostgreSQL", check_database()),
        _verdict("Redis", check_cache()),
    )
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
