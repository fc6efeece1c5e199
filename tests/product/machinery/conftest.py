"""Fixtures of the tests that judge the template's own machinery."""

import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from apps.core import healthcheck
from config import settings as configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings


@pytest.fixture
def silent_port() -> "Iterator[int]":
    """Return a port that accepts connections and never says a word: a hung server."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def configured_hashers(settings: "Settings") -> None:
    """Hash passwords as the project does outside tests."""
    settings.PASSWORD_HASHERS = configured.PASSWORD_HASHERS


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what an earlier test found out about PostgreSQL and Redis."""
    monkeypatch.setattr(healthcheck.dependencies, "fresh_until", 0.0)
