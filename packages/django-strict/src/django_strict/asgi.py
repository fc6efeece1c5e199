"""The project as it is served during development: with static files and a first page."""

import json
import subprocess
import sys
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.template.autoreload import reset_loaders
from django.urls import Resolver404, resolve, reverse

from config.asgi import application as project

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

# In production nginx serves them.
served: Final = ASGIStaticFilesHandler(project)
# Seconds until a worker of the queue that ended is followed by another.
PAUSE: Final = 1.0


def run_tasks() -> None:
    """Keep a worker of the queue beside this process, which a reload replaces with it.

    A worker ends when its standard input does: with this process, however that ends.
    """
    command = [sys.executable, "-m", "django_strict.worker", "--until-eof"]
    while True:
        # After the server, which somebody waits for.
        sleep(PAUSE)
        subprocess.Popen(command, stdin=subprocess.PIPE).wait()


if settings.TASKS["default"]["BACKEND"].startswith("django_strict_asgi."):
    Thread(target=run_tasks, daemon=True).start()


async def application(
    scope: dict[str, Any],
    receive: "Callable[[], Awaitable[Mapping[str, Any]]]",
    send: "Callable[[Mapping[str, Any]], Awaitable[None]]",
) -> None:
    """Answer a request with the project as its files are now.

    Args:
        scope: The request.
        receive: What reads its body.
        send: What sends the answer.
    """
    if scope["type"] == "http":
        # The server starts again for Python alone.
        reset_loaders()
        if scope["path"] == "/" and (body := first_page()):
            kind = [(b"content-type", b"application/json")]
            start = {"type": "http.response.start", "status": 200, "headers": kind}
            await send(start)
            await send({"type": "http.response.body", "body": body})
            return
    await served(scope, receive, send)


def first_page() -> bytes:
    """Tell somebody who has only the address where to go.

    Returns:
        JSON with the paths; empty where the project has a page of its own.
    """
    try:
        resolve("/")
    except Resolver404:
        names = {"docs": "docs", "health": "health", "admin": "admin:index"}
        paths = {what: reverse(name) for what, name in names.items()}
        return json.dumps(paths, indent=2).encode() + b"\n"
    return b""
