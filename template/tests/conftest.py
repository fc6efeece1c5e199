"""Global fixtures; the root ``conftest.py`` hands them on to the tests of all apps."""

import io
import json
import logging
import socket
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import caches
from django.db import DEFAULT_DB_ALIAS, connections
from django.test import override_settings
from django.urls import reverse
from django_strict_asgi import throttling
from rest_framework.test import APIClient

from apps.users.tests.factories import PASSWORD, StaffFactory, TokenFactory, UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import Settings

    from apps.users.models import User


class LogLines(Protocol):
    """Returns the log lines written so far, parsed."""

    def __call__(self, logger: str = "") -> list[dict[str, Any]]:
        """Return the lines of a logger and its children, or all lines."""


class CheapArgon2PasswordHasher(Argon2PasswordHasher):
    """The project's hasher at a cost that several hundred logins can pay."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


@pytest.fixture(scope="session", autouse=True)
def session_settings(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[None]":
    """Use a cheap password hash and a folder; databases are those of this run already."""
    hashers = ["tests.conftest.CheapArgon2PasswordHasher"]
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    with override_settings(
        PASSWORD_HASHERS=hashers,
        MEDIA_ROOT=tmp_path_factory.mktemp("media"),
        STORAGES={**configured.STORAGES, "default": files},
    ):
        yield


@pytest.fixture(autouse=True)
def clean_caches(session_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty the cache, which counts for the throttles, and the sessions."""
    del session_settings
    counters = throttling.LocalCounters()
    monkeypatch.setattr(throttling, "local_counters", counters)
    for cache in caches:
        caches[cache].clear()


@pytest.fixture
def api() -> APIClient:
    """Return a client without credentials that shows errors as clients see them."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def browser() -> APIClient:
    """Return a client that is held to CSRF tokens, as a browser is."""
    return APIClient(enforce_csrf_checks=True, raise_request_exception=False)


@pytest.fixture
def user(db: None) -> "User":
    """Create an ordinary account."""
    del db
    return UserFactory.create()


@pytest.fixture
def staff(db: None) -> "User":
    """Create an account of staff."""
    del db
    return StaffFactory.create()


@pytest.fixture
def as_user(user: "User") -> APIClient:
    """Return a client with the token of an ordinary account."""
    token = TokenFactory.create(user=user)
    headers = {"Authorization": f"Token {token.key}"}
    return APIClient(raise_request_exception=False, headers=headers)


@pytest.fixture
def as_staff(staff: "User") -> APIClient:
    """Return a client with the token of an account of staff."""
    token = TokenFactory.create(user=staff)
    headers = {"Authorization": f"Token {token.key}"}
    return APIClient(raise_request_exception=False, headers=headers)


@pytest.fixture
def login() -> "Callable[[APIClient, User], str]":
    """Return a function that opens a session as a browser does."""

    def open_session(client: APIClient, account: "User") -> str:
        """Log in through the API and return the CSRF token for further requests."""
        csrf_token: str = client.get(reverse("users:csrf")).json()["csrf_token"]
        answer = client.post(
            reverse("users:login"),
            {"email": account.email, "password": PASSWORD},
            HTTP_X_CSRFTOKEN=csrf_token,
        )
        assert answer.status_code == HTTPStatus.OK, answer.content
        return client.cookies["csrftoken"].value

    return open_session


@pytest.fixture
def log_lines() -> "Iterator[LogLines]":
    """Capture what the project's own log handler writes."""
    handler = logging.getHandlerByName("stderr")
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    previous = handler.setStream(stream)

    def read(logger: str = "") -> list[dict[str, Any]]:
        """Parse the captured lines."""
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [line for line in lines if line["logger"].startswith(logger)]

    yield read
    handler.setStream(previous or io.StringIO())


@pytest.fixture
def closed_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def dead_database(db: None, closed_port: int) -> "Iterator[None]":
    """Let this thread's database connection lead to a port where nothing listens."""
    del db
    alive = connections[DEFAULT_DB_ALIAS]
    dead = alive.copy()
    options = {**dead.settings_dict["OPTIONS"]}
    options.pop("pool", None)
    dead.settings_dict |= {
        "HOST": "127.0.0.1",
        "PORT": str(closed_port),
        "OPTIONS": options,
    }
    connections[DEFAULT_DB_ALIAS] = dead
    yield
    connections[DEFAULT_DB_ALIAS] = alive


@pytest.fixture
def dead_redis(settings: "Settings", closed_port: int) -> None:
    """Let the cache and the sessions lead to a port where nothing listens."""
    location = f"redis://127.0.0.1:{closed_port}/0"
    settings.CACHES = {
        alias: {**cache, "LOCATION": location}
        for alias, cache in settings.CACHES.items()
    }


@pytest.fixture
def immediate_tasks(settings: "Settings") -> None:
    """Run background tasks at once: no worker sees what a test has not committed."""
    settings.TASKS = {
        "default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}
    }
