"""The worker class that gunicorn runs."""

import signal
import sys
from typing import Any, Final, override

from uvicorn_worker import UvicornWorker

from django_strict_asgi import telemetry

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

    @override
    def run(self) -> None:
        """Serve until told to stop; then what was seen is sent."""
        if not telemetry.is_on():
            super().run()
            return
        # uvicorn ends by the signal that it got, once it has served, and before anything
        # else could be done.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            super().run()
        finally:
            telemetry.stop()


class WebSocketWorker(Worker):
    """The same for a project that also serves WebSockets, and depends on websockets."""

    CONFIG_KWARGS = UVICORN_OPTIONS | {
        "ws": "django_strict_asgi.frames:Protocol",
        # Bytes of a message: it waits in memory, and JSON takes thirty times as much.
        "ws_max_size": 2**16,
        # A kilobyte would become a megabyte.
        "ws_per_message_deflate": False,
    }
