"""How the project is served: ASGI and gunicorn."""

from __future__ import annotations

import multiprocessing
import os
import runpy
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.module_loading import import_string

from django_strict.project import ROOT
from django_strict.rules.runtime.report import error, setting

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

GUNICORN: Final = "config/gunicorn.conf.py"
APPLICATION: Final = "config.asgi.application"
GUNICORN_VALUES: Final[dict[str, object]] = {
    "bind": "0.0.0.0:8000",
    "accesslog": "-",
    "errorlog": "-",
    "loglevel": "info",
    "timeout": 120,
    "graceful_timeout": 30,
    "keepalive": 5,
    "limit_request_line": 8190,
    "limit_request_fields": 100,
}


def check_asgi(**_: object) -> list[CheckMessage]:
    """Judge the entry point.

    Returns:
        DS068.
    """
    actual = getattr(settings, "ASGI_APPLICATION", None)
    if actual != APPLICATION:
        place = setting("ASGI_APPLICATION")
        return [error("DS068", f"ASGI_APPLICATION is {actual!r}", place)]
    return []


def check_gunicorn(**_: object) -> list[CheckMessage]:
    """Compare gunicorn's configuration with the specification's.

    Returns:
        DS069.
    """
    actual = runpy.run_path(str(ROOT / GUNICORN))
    found: list[CheckMessage] = []
    for name, wanted in GUNICORN_VALUES.items():
        if actual.get(name) != wanted:
            message = f"{name} is {actual.get(name)!r} and must be {wanted!r}"
            found.append(error("DS069", message, _line(name)))
    if not _is_uvicorn(actual.get("worker_class")):
        message = f"worker_class is {actual.get('worker_class')!r}, not uvicorn's"
        found.append(error("DS069", message, _line("worker_class")))
    wanted_workers = multiprocessing.cpu_count() * 2 + 1
    if (
        not os.environ.get("WEB_CONCURRENCY")
        and actual.get("workers") != wanted_workers
    ):
        message = (
            f"workers is {actual.get('workers')!r} and must be (2 * CPU cores) + 1"
        )
        found.append(error("DS069", message, _line("workers")))
    return found


def _is_uvicorn(worker_class: object) -> bool:
    """Tell whether a worker class is uvicorn's.

    Args:
        worker_class: A dotted name or a class.

    Returns:
        True for uvicorn's worker and classes that inherit from it.
    """
    from uvicorn_worker import UvicornWorker  # noqa: PLC0415 - slow, for this check only

    if isinstance(worker_class, str):
        worker_class = import_string(worker_class)
    return isinstance(worker_class, type) and issubclass(worker_class, UvicornWorker)


def _line(name: str) -> str:
    """Find a value in gunicorn's configuration.

    Args:
        name: Its name.

    Returns:
        File, line and column.
    """
    lines = (ROOT / GUNICORN).read_text("utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith(f"{name} "):
            return f"{GUNICORN}:{number}:1"
    return f"{GUNICORN}:1:1"
