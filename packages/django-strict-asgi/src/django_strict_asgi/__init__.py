"""Django's ASGI handler with at most one thread hop for a request."""

import logging
from typing import TYPE_CHECKING

import django
from django.core import asgi

from django_strict_asgi import telemetry
from django_strict_asgi.compatibility import missing_names
from django_strict_asgi.threads import OverloadedError

if TYPE_CHECKING:
    from django.core.handlers.asgi import ASGIHandler

__all__ = ["OverloadedError", "get_asgi_application"]

logger = logging.getLogger(__name__)


def get_asgi_application() -> "ASGIHandler":
    """Set Django up and build the handler of this process.

    Returns:
        The handler; Django's own when a name that this package relies on has gone.
    """
    django.setup(set_prefix=False)
    if missing := missing_names():
        logger.warning(
            "Requests are served by Django's own handler, more slowly: %s is not what "
            "django-strict-asgi was made for. Install versions that its metadata allows.",
            ", ".join(missing),
        )
        return asgi.get_asgi_application()
    # Only now: their imports may fail without those names, and need the settings.
    if tracing := telemetry.prepare():
        traced: ASGIHandler = tracing.TracedHandler()
        return traced
    from django_strict_asgi.handler import Handler  # noqa: PLC0415

    return Handler()
