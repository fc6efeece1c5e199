"""The worker class that gunicorn runs."""

import sys
from typing import Any, Final

from uvicorn_worker import UvicornWorker

from apps.core.limits import Limits
from apps.core.protocol import BoundedProtocol

UVICORN_OPTIONS: Final[dict[str, Any]] = {
    "loop": "uvloop",
    # httptools, with the limits of gunicorn.conf.py.
    "http": BoundedProtocol,
    # Whatever is installed: only HTTP is served, and an upgrade would pass all limits.
    "ws": "none",
    # Django does not speak the lifespan protocol and logs an error when asked.
    "lifespan": "off",
    # apps.core.middleware writes the access line, with the request id in it.
    "access_log": False,
    # Addresses come from X-Forwarded-For by counting proxies (NUM_PROXIES), never by
    # believing the header's first entry.
    "proxy_headers": False,
    "server_header": False,
}


def limits_of(line: int, fields: int, graceful_timeout: float) -> Limits:
    """Translate gunicorn's limits, which uvicorn would ignore.

    Args:
        line: Characters of a path with its query; zero is no limit.
        fields: Number of headers; zero is no limit.
        graceful_timeout: Seconds that a worker has for what is under way at its stop.

    Returns:
        Limits for the protocol.
    """
    # What still comes in at a stop then leaves time for its answer.
    seconds = graceful_timeout * 2 / 3
    return Limits(line or sys.maxsize, fields or sys.maxsize, seconds=seconds)


class Worker(UvicornWorker):
    """uvicorn under gunicorn, set up for Django behind nginx."""

    CONFIG_KWARGS = UVICORN_OPTIONS

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Hand gunicorn's limits to the protocol.

        Args:
            *arguments: gunicorn's own.
            **options: gunicorn's own.
        """
        super().__init__(*arguments, **options)
        BoundedProtocol.limits = limits_of(
            self.cfg.limit_request_line,
            self.cfg.limit_request_fields,
            self.cfg.graceful_timeout,
        )
