"""One logging configuration for Django, gunicorn and uvicorn."""

import logging
import re
from typing import TYPE_CHECKING, Any, Final, override

from django_strict_asgi.logs import BoundedFormatter
from pythonjsonlogger.core import RESERVED_ATTRS

if TYPE_CHECKING:
    from types import TracebackType

# The line in which PostgreSQL names the values that it refused.
DETAIL: Final = re.compile(r"\nDETAIL: .*")

# Extra fields that other libraries attach: the request's text would repeat its query
# string, where a client may have put a secret; the rest only colours terminals.
HIDDEN_FIELDS = ("request", "color_message")
PROJECT_LOGGERS = ("apps", "config", "django", "django.server")
SERVER_LOGGERS = (
    "gunicorn.access",
    "gunicorn.error",
    "uvicorn",
    "uvicorn.error",
)


class _WithoutValues(logging.Formatter):
    """Leaves the values out that a database error quotes: e-mails, tokens, hashes."""

    @override
    def formatException(
        self,
        ei: "tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]",
    ) -> str:
        """Write an exception down.

        Args:
            ei: Type, exception and traceback, as of ``sys.exc_info``.

        Returns:
            The traceback.
        """
        return DETAIL.sub("", super().formatException(ei))


class ConsoleFormatter(_WithoutValues):
    """Lines for people."""


class LineFormatter(_WithoutValues, BoundedFormatter):
    """Lines for machines: one JSON object each."""


def logging_config(*, level: str, log_format: str) -> dict[str, Any]:
    """Build the dictionary for ``logging.config.dictConfig``.

    Args:
        level: Least severe level of the project's and its servers' lines.
        log_format: ``json`` for machines or ``console`` for people.

    Returns:
        The dictionary; every line goes to standard error and carries the request id.
    """
    logger = {"handlers": ["stderr"], "level": level, "propagate": False}
    # At DEBUG the servers print their whole configuration.
    server = {**logger, "level": "INFO" if level == "DEBUG" else level}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": "apps.core.middleware.RequestIdFilter"},
        },
        "formatters": {
            "json": {
                "()": LineFormatter,
                "format": ["levelname", "name", "message", "request_id"],
                "rename_fields": {"levelname": "level", "name": "logger"},
                "reserved_attrs": [*RESERVED_ATTRS, *HIDDEN_FIELDS],
                "timestamp": True,
            },
            "console": {
                "()": ConsoleFormatter,
                "format": "{asctime} {levelname} {name} [{request_id}] {message}",
                "style": "{",
            },
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": log_format,
                "filters": ["request_id"],
            },
        },
        # Libraries speak from WARNING on, whatever the project's own level is.
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            **dict.fromkeys(PROJECT_LOGGERS, logger),
            **dict.fromkeys(SERVER_LOGGERS, server),
            # It quotes arguments; what becomes of a task, django.tasks says.
            "procrastinate.worker": {"level": "CRITICAL"},
            "procrastinate.worker.queue": {"level": "WARNING"},
            # Whatever the level is.
            "apps.users.audit": {"level": "INFO"},
            # The project writes its own access lines, with request ids.
            "uvicorn.access": {"handlers": [], "propagate": False},
            # At DEBUG a line for each statement and each unset template variable.
            "django.db.backends": {"level": "INFO"},
            "django.template": {"level": "INFO"},
            "django.utils.autoreload": {"level": "INFO"},
        },
    }
