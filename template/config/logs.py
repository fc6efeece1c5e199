"""One logging configuration for Django, gunicorn and uvicorn."""

from typing import Any

from django_strict_asgi.logs import ConsoleFormatter, LineFormatter
from pythonjsonlogger.core import RESERVED_ATTRS

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
