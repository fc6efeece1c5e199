"""The worker class that gunicorn runs."""

from typing import Any, Final

from uvicorn_worker import UvicornWorker

UVICORN_OPTIONS: Final[dict[str, Any]] = {
    "loop": "uvloop",
    "http": "httptools",
    # Django does not speak the lifespan protocol and logs an error when asked.
    "lifespan": "off",
    # apps.core.middleware writes the access line, with the request id in it.
    "access_log": False,
    # Addresses come from X-Forwarded-For by counting proxies (NUM_PROXIES), never by
    # believing the header's first entry.
    "proxy_headers": False,
    "server_header": False,
}


class Worker(UvicornWorker):
    """uvicorn under gunicorn, set up for Django behind nginx."""

    CONFIG_KWARGS = UVICORN_OPTIONS
