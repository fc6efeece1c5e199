"""Errors for Sentry: what is logged as one, without the values that it is about."""

import re
from typing import TYPE_CHECKING, Final

import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.utils import BadDsn

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

PATIENCE: Final = 2.0  # seconds
# Where PostgreSQL begins to name the values that it refused.
DETAIL: Final = re.compile(r"\nDETAIL: .*", re.DOTALL)
# Of a log record's own fields; the request, say, would be written with its query.
KEPT: Final = ("request_id", "trace_id", "span_id", "status_code")


def start() -> None:
    """Send what is logged as an error from now on; further options are ``SENTRY_*``.

    Raises:
        ImproperlyConfigured: If ``SENTRY_DSN`` is none.
    """
    try:
        sentry_sdk.init(
            # Those of frameworks read requests, users and statements.
            default_integrations=False,
            integrations=[
                ExcepthookIntegration(),
                LoggingIntegration(),
                ThreadingIntegration(),
            ],
            before_send=without_values,
            include_local_variables=False,
            max_breadcrumbs=0,
            max_request_body_size="never",
            send_default_pii=False,
        )
    except BadDsn as error:
        message = "SENTRY_DSN is no DSN; https://KEY@sentry.example.com/1 is one."
        raise ImproperlyConfigured(message) from error


def stop() -> None:
    """Send what waits."""
    sentry_sdk.flush(PATIENCE)


def without_values(event: "Event", hint: "Hint") -> "Event":
    """Leave out of an event what people typed.

    Args:
        event: What would be sent.
        hint: Where it comes from.

    Returns:
        What is sent.
    """
    del hint
    extra = event.get("extra", {})
    event["extra"] = {name: extra[name] for name in KEPT if name in extra}
    for error in event.get("exception", {}).get("values", []):
        error["value"] = DETAIL.sub("", error.get("value") or "")
    return event
