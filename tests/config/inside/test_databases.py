"""Addresses of the environment become Django's dictionaries."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.utils import ConnectionHandler

from config.databases import caches, databases, mailers
from config.env import PROJECT, load
from django_strict.environments import install, with_value
from django_strict.servers import Programs, free_port

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from config.env import Env

LONGEST = 0.5  # seconds
ODD = "p@ss/w:rd?#%&+ä" * 2


SOCKETS = {
    "option": "postgres:///a%2Fb?host=/{folder}&port={port}&user=us%40er&password={pw}",
    "option after the user": "postgresql://us%40er:{pw}@/a%2Fb?port={port}&host=/{folder}",
    "no password": "postgresql://us%40er@/a%2Fb?host=/{folder}&port={port}",
    "host": "postgres://us%40er:{pw}@%2F{quoted}:{port}/a%2Fb?sslmode=disable",
    "one of two": (
        "postgresql://us%40er:{pw}@%2Fnowhere:{port},%2F{quoted}:{port}/a%2Fb"
    ),
    "of several hosts": "postgres://us%40er:{pw}@localhost:1,localhost:{port}/a%2Fb",
    "encoded host": "postgres://us%40er:{pw}@%6cocalhost:{port}/a%2Fb",
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[tuple[Path, int]]:
    """Start a PostgreSQL with a Unix socket.

    Yields:
        The folder of the socket, and the port.
    """
    # Not pytest's own folder: the path of a socket is short.
    folder = Path(tempfile.mkdtemp(prefix="a:b"))
    programs = Programs.find(folder)
    programs.own(folder)
    data, port = folder / "data", free_port()
    programs.run(programs.postgres / "initdb", "-D", data, "-A", "trust", "-U", "us@er")
    options = f"-c port={port} -c unix_socket_directories={folder} -c fsync=off"
    control = (programs.postgres / "pg_ctl", "-s", "-w", "-D", data)
    programs.run(*control, "-l", folder / "log", "-o", options, "start")
    try:
        psql = (
            programs.postgres / "psql",
            "-h",
            folder,
            "-p",
            str(port),
            "-U",
            "us@er",
        )
        programs.run(*psql, "-c", 'CREATE DATABASE "a/b"', "postgres")
        yield folder, port
    finally:
        programs.run(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.mark.parametrize("kind", SOCKETS)
def test_unix_sockets_and_several_hosts_are_reached(
    kind: str,
    postgres: tuple[Path, int],
    monkeypatch: pytest.MonkeyPatch,
    django_db_blocker: "DjangoDbBlocker",
) -> None:
    """In every spelling that PostgreSQL's own clients understand."""
    folder, port = str(postgres[0]).strip("/"), postgres[1]
    values = {"folder": folder, "quoted": quote(folder, safe=""), "port": port}
    url = SOCKETS[kind].format(**values, pw=quote(ODD, safe=""))
    env = loaded(monkeypatch, DATABASE_URL=url)
    # Found by an alias, which other tests have used.
    monkeypatch.setattr(DatabaseWrapper, "_connection_pools", {})
    connection = ConnectionHandler(databases(env))["default"]
    with django_db_blocker.unblock(), connection.temporary_connection() as cursor:
        cursor.execute("SELECT current_database(), current_user")
        assert cursor.fetchone() == ("a/b", "us@er")
    connection.close_pool()


def loaded(monkeypatch: pytest.MonkeyPatch, **values: object) -> "Env":
    """Load a production environment with some variables changed."""
    install(monkeypatch, with_value(**values))
    return load()


def test_database_url_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Percent-encoded characters arrive as they are meant, options as well."""
    password = quote(ODD, safe="")
    url = f"postgresql://us%40er:{password}@db.example:6543/na%2Fme?sslmode=require"
    entry = databases(loaded(monkeypatch, DATABASE_URL=url))["default"]
    assert entry["USER"] == "us@er"
    assert entry["PASSWORD"] == ODD
    assert entry["HOST"] == "db.example"
    assert entry["PORT"] == "6543"
    assert entry["NAME"] == "na/me"
    assert entry["OPTIONS"]["sslmode"] == "require"


def test_connections_are_pooled_and_never_persistent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Under ASGI a persistent connection would leak with every thread."""
    sizes = {"DATABASE_POOL_MIN_SIZE": 2, "DATABASE_POOL_MAX_SIZE": 3}
    env = loaded(monkeypatch, **sizes, DATABASE_POOL_TIMEOUT=1.5)
    entry = databases(env)["default"]
    assert entry["CONN_MAX_AGE"] == 0
    assert entry["CONN_HEALTH_CHECKS"] is True
    pool = {"min_size": 2, "max_size": 3, "timeout": 1.5}
    assert pool.items() <= entry["OPTIONS"]["pool"].items()
    assert entry["OPTIONS"]["connect_timeout"] > 0


def test_redis_waits_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dead Redis holds no request up."""
    for cache in caches(loaded(monkeypatch)).values():
        options = cache["OPTIONS"]
        assert options["SOCKET_TIMEOUT"] <= LONGEST
        assert options["SOCKET_CONNECT_TIMEOUT"] <= LONGEST
        assert options["CONNECTION_POOL_CLASS"].endswith("BlockingConnectionPool")
        assert options["CONNECTION_POOL_KWARGS"]["timeout"] <= LONGEST


def test_sessions_have_a_redis_database_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Emptying the cache logs nobody out; a variable names another server."""
    entries = caches(loaded(monkeypatch))
    cache, own = entries["default"]["LOCATION"], entries["sessions"]["LOCATION"]
    assert own == f"{cache.rpartition('/')[0]}/{PROJECT.redis.session_db}"
    assert cache != own
    url = f"redis://:{'x7' * 12}@sessions:6379/9"
    other = caches(loaded(monkeypatch, REDIS_SESSION_URL=url))
    assert other["sessions"]["LOCATION"] == url


def test_mail_goes_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the account reaches the SMTP backend, and no wait is endless."""
    account = {"EMAIL_HOST_USER": "mailer", "EMAIL_HOST_PASSWORD": ODD}
    env = loaded(monkeypatch, **account, EMAIL_PORT=2525, EMAIL_USE_TLS="false")
    mailer = mailers(env)["default"]
    assert mailer["BACKEND"].endswith("smtp.EmailBackend")
    assert mailer["OPTIONS"]["timeout"] > 0
    expected = {
        "host": "smtp.example.com",
        "port": 2525,
        "username": "mailer",
        "password": ODD,
        "use_tls": False,
    }
    assert expected.items() <= mailer["OPTIONS"].items()


def test_mail_goes_to_the_terminal_without_a_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a developer's machine a reset link can be read off the terminal."""
    env = loaded(monkeypatch, DJANGO_ENVIRONMENT="local", EMAIL_HOST="")
    assert mailers(env)["default"]["BACKEND"].endswith("TerminalBackend")
