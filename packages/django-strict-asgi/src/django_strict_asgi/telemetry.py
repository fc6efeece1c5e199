"""The switch of traces, metrics and errors; imports nothing of theirs while it is off.

``OTEL_EXPORTER_OTLP_ENDPOINT`` turns traces and metrics on, ``SENTRY_DSN`` errors. All else
is said by the variables that OpenTelemetry and Sentry themselves read.
"""

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import ModuleType

    from procrastinate.jobs import Job

PREFIXES: Final = ("OTEL_", "SENTRY_")
ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
DSN: Final = "SENTRY_DSN"
HTTP: Final = "http/protobuf"


class _State:
    """What is on in this process.

    Attributes:
        tracing: The module of that name, once it is wanted.
        errors: The module of that name, once it is wanted.
    """

    tracing: "ModuleType | None" = None
    errors: "ModuleType | None" = None


def sends(signal: str) -> bool:
    """Tell whether the environment asks for a signal.

    Args:
        signal: ``TRACES`` or ``METRICS``.

    Returns:
        Whether there is somewhere to send it.
    """
    names = (ENDPOINT, ENDPOINT.replace("OTLP", f"OTLP_{signal}"))
    is_off = (
        os.environ.get(f"OTEL_{signal}_EXPORTER") == "none"
        or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    )
    return not is_off and any(map(os.environ.get, names))


def prepare() -> "ModuleType | None":
    """Import what the environment asks for; starts no thread, as this process may fork.

    Raises:
        ImproperlyConfigured: If it asks for what cannot be had.

    Returns:
        The module ``tracing``, None while it is off.
    """
    # A developer's variables, where the other ones are.
    folder = getattr(settings, "BASE_DIR", None)
    for name, value in dotenv_values(folder / ".env").items() if folder else ():
        if value and name.startswith(PREFIXES):
            os.environ.setdefault(name, value)
    is_followed = sends("TRACES") or sends("METRICS")
    try:
        if is_followed:
            try:
                from django_strict_asgi import tracing  # noqa: PLC0415
            except ValueError as error:
                message = f"OTEL_PROPAGATORS cannot be used: {error}"
                raise ImproperlyConfigured(message) from error
            protocol = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") or HTTP
            if protocol != HTTP:
                message = (
                    f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}; only {HTTP} is spoken."
                )
                raise ImproperlyConfigured(message)
            _State.tracing = tracing
        if os.environ.get(DSN):
            from django_strict_asgi import errors  # noqa: PLC0415

            errors.start()
            _State.errors = errors
    except ImportError as error:
        wanted = ENDPOINT if is_followed else DSN
        message = (
            f"{wanted} is set, and its packages are not installed ({error.name}): "
            "uv add 'django-strict-asgi[telemetry]', or unset it."
        )
        raise ImproperlyConfigured(message) from error
    return _State.tracing


def is_on() -> bool:
    """Tell whether anything is sent.

    Returns:
        Whether it is, after ``prepare``.
    """
    return bool(_State.tracing or _State.errors)


def stop() -> None:
    """Send what has not been sent yet, not waiting long for who does not answer."""
    for module in (_State.tracing, _State.errors):
        if module:
            module.stop()


def carrier() -> dict[str, str]:
    """Say what goes with a task, so that its trace is the one of its request.

    Returns:
        The header ``traceparent``, if there is a trace.
    """
    headers: dict[str, str] = _State.tracing.carrier() if _State.tracing else {}
    return headers


def task(job: "Job", stored: dict[str, Any]) -> "AbstractContextManager[object]":
    """Follow a task.

    Args:
        job: Its row.
        stored: What it holds.

    Returns:
        A context for its run.
    """
    if not _State.tracing:
        return nullcontext()
    context: AbstractContextManager[object] = _State.tracing.task(job, stored)
    return context
