"""The worker class that gunicorn runs."""

from typing import Any, Final

from uvicorn_worker import UvicornWorker

UVICORN_OPTIONS: Final[dict[str, Any]] = {
    "loop": "uvloop",
    "http": "httptools",
    # Whatever is installed: only HTTP is served, except by the class below.
    "ws": "none",
    # Django does not speak the lifespan protocol and logs an error when asked.
    "lifespan": "off",
    # The project writes the access line, with the request id in it.
    "access_log": False,
    # Django counts proxies; the first entry of a forwarded address is the client's word.
    "proxy_headers": False,
    "server_header": False,
}


class Worker(UvicornWorker):
    """uvicorn under gunicorn, set up for Django behind a proxy."""

    CONFIG_KWARGS = UVICORN_OPTIONS


class WebSocketWorker(Worker):
    """The same for a project that also serves WebSockets, and depends on websockets."""

    CONFIG_KWARGS = UVICORN_OPTIONS | {
        "ws": "websockets-sansio",
        "ws_max_size": 2**20,  # bytes of a message; it waits in memory
    }
