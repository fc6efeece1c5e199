"""Development servers of the project's own, named in the environment."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from django_strict.embedded import acquire
from django_strict.project import ROOT, make_importable

if TYPE_CHECKING:
    from collections.abc import Iterator


def start() -> None:
    """Start servers for what a development environment does not name."""
    make_importable()
    env, _ = import_module("config.env").read()
    if not env.is_local or (env.database_url and env.redis_url):
        return
    addresses = acquire(ROOT / ".embedded")
    if not env.database_url:
        os.environ["DATABASE_URL"] = addresses.database_url
    if not env.redis_url:
        os.environ["REDIS_URL"] = addresses.redis_url


@pytest.hookimpl(hookwrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Start them before pytest-django reads the settings.

    Yields:
        Nothing.
    """
    if (ROOT / "config" / "env.py").exists():
        os.environ.setdefault("DJANGO_ENVIRONMENT", "local")
        start()
    yield
