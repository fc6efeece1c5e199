"""Routed views, error handlers, the health check and middleware."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.utils.module_loading import import_string
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from apps.core.exceptions import custom_exception_handler
from django_strict.rules.runtime.report import error, setting, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.checks import CheckMessage
    from rest_framework.exceptions import APIException

DECLARATIONS: Final = ("permission_classes", "authentication_classes")
URLS: Final = "config/urls.py"
HANDLED: Final = (400, 403, 404, 500)
HEALTH: Final = "/api/health/"
HEALTH_MODULE: Final = "apps.core.healthcheck"
HANDLER: Final = "apps.core.exceptions.custom_exception_handler"


def check_routed_views(**_: object) -> list[CheckMessage]:
    """Find routed API views that rely on the defaults.

    Returns:
        DS059.
    """
    found: list[CheckMessage] = []
    for route, callback in _routes(get_resolver()):
        view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
        if not isinstance(view, type) or not issubclass(view, APIView):
            continue
        options = getattr(callback, "initkwargs", {})
        for name in DECLARATIONS:
            # A decorated function's class takes the defaults over, unchanged.
            copied = vars(view).get(name) is getattr(APIView, name)
            if name in options or (name in vars(view) and not copied):
                continue
            message = f"`{view.__name__}`, routed at /{route}, declares no {name}"
            found.append(error("DS059", message, source_of(view)))
    return found


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Walk over all routes.

    Args:
        resolver: Where to begin.
        prefix: The route that leads there.

    Yields:
        Route and view.
    """
    for pattern in resolver.url_patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def check_handlers(**_: object) -> list[CheckMessage]:
    """Judge who answers errors.

    Returns:
        DS075.
    """
    found: list[CheckMessage] = []
    actual = settings.REST_FRAMEWORK.get("EXCEPTION_HANDLER")
    if actual != HANDLER:
        message = f"EXCEPTION_HANDLER is {actual!r}"
        found.append(error("DS075", message, setting("EXCEPTION_HANDLER")))
    for status in HANDLED:
        handler = get_resolver().resolve_error_handler(status)
        if not handler.__module__.startswith("apps."):
            message = f"handler{status} is Django's own, which answers HTML"
            found.append(error("DS075", message, URLS))
    return found


def check_error_format(**_: object) -> list[CheckMessage]:
    """Let the exception handler answer two errors, and compare.

    Returns:
        DS076.
    """
    detail = ErrorDetail("This field is required.", code="required")
    samples: tuple[tuple[APIException, str, str, str | None], ...] = (
        (ValidationError({"email": [detail]}), "validation_error", "required", "email"),
        (NotFound(), "client_error", "not_found", None),
    )
    place = source_of(custom_exception_handler)
    found: list[CheckMessage] = []
    for exception, kind, code, attr in samples:
        request = Request(APIRequestFactory().get("/"))
        context: Any = {"view": APIView(), "request": request, "args": (), "kwargs": {}}
        response = custom_exception_handler(exception, context)
        data: Any = getattr(response, "data", None)
        entry = {"code": code, "detail": _detail(exception), "attr": attr}
        if data != {"type": kind, "errors": [entry]}:
            message = f"an error is answered as {data!r}"
            found.append(error("DS076", message, place))
    return found


def _detail(exception: APIException) -> str:
    """Take the sentence out of an exception.

    Args:
        exception: An exception of DRF.

    Returns:
        Its first detail.
    """
    detail: Any = exception.detail
    while isinstance(detail, dict | list):
        detail = next(iter(detail.values())) if isinstance(detail, dict) else detail[0]
    return str(detail)


def check_health(**_: object) -> list[CheckMessage]:
    """Judge where and how health is answered.

    Returns:
        DS085.
    """
    try:
        view = resolve(HEALTH).func
    except Resolver404:
        return [error("DS085", f"nothing is routed at {HEALTH}", URLS)]
    if view.__module__ != HEALTH_MODULE:
        message = f"{HEALTH} is answered by {view.__module__}, not by {HEALTH_MODULE}"
        return [error("DS085", message, URLS)]
    if not iscoroutinefunction(view):
        return [error("DS085", "the health view is not `async def`", source_of(view))]
    return []


def check_middleware(**_: object) -> list[CheckMessage]:
    """Find middleware that works asynchronously alone.

    Returns:
        DS071.
    """
    place = setting("MIDDLEWARE")
    return [
        error("DS071", f"the middleware {path} is not sync-compatible", place)
        for path in settings.MIDDLEWARE
        if not getattr(import_string(path), "sync_capable", True)
    ]
