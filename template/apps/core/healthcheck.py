"""Health check endpoints for load balancers and container orchestration."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django_strict_asgi.health import SharedCheck, postgresql_answers, redis_answers

from apps.core.exceptions import error_view

if TYPE_CHECKING:
    from django.http import HttpRequest

SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
method_not_allowed = error_view(
    HTTPStatus.METHOD_NOT_ALLOWED,
    "method_not_allowed",
    "Only GET and HEAD are allowed.",
    headers={"Allow": "GET, HEAD"},
)
# What has to work before a load balancer sends requests here.
dependencies: Final = SharedCheck(PostgreSQL=postgresql_answers, Redis=redis_answers)


@never_cache
async def health(request: "HttpRequest") -> JsonResponse:
    """Tell whether the project can do its work, within two seconds.

    Args:
        request: The request; needs no credentials.

    Returns:
        200 when PostgreSQL and Redis answer, else 503; the body names the culprit in
        fixed words, the cause goes to the log.
    """
    if request.method not in SAFE_METHODS:
        return method_not_allowed(request)
    db, cache = await dependencies.verdicts()
    healthy = db == cache == "ok"
    return JsonResponse(
        {"status": "healthy" if healthy else "unhealthy", "db": db, "cache": cache},
        status=HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE,
    )


@never_cache
async def live(request: "HttpRequest") -> JsonResponse:
    """Tell that the process answers; touches nothing behind it.

    Args:
        request: The request; needs no credentials.

    Returns:
        200.
    """
    if request.method not in SAFE_METHODS:
        return method_not_allowed(request)
    return JsonResponse({"status": "alive"})
