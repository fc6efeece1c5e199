"""Addresses of the environment become Django's dictionaries."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from config import servers
from config.environment import load
from config.project import PROJECT
from tests.environments import install, with_value

if TYPE_CHECKING:
    import pytest

    from config.environment import LoadedEnvironment

LONGEST = 0.5  # seconds
ODD = "p@ss/w:rd?#%&+ä" * 2


def loaded(monkeypatch: "pytest.MonkeyPatch", **values: object) -> "LoadedEnvironment":
    """Load a production environment with some variables changed."""
    install(monkeypatch, with_value(**values))
    return load()


def test_database_url_is_taken_apart(monkeypatch: "pytest.MonkeyPatch") -> None:
    """Percent-encoded characters arrive as they are meant, options as well."""
    password = quote(ODD, safe="")
    url = f"postgresql://us%40er:{password}@db.example:6543/na%2Fme?sslmode=require"
    entry = servers.database(loaded(monkeypatch, DATABASE_URL=url).database)
    assert entry["USER"] == "us@er"
    assert entry["PASSWORD"] == ODD
    assert entry["HOST"] == "db.example"
    assert entry["PORT"] == "6543"
    assert entry["NAME"] == "na/me"
    assert entry["OPTIONS"]["sslmode"] == "require"


def test_connections_are_pooled_and_never_persistent(
    monkeypatch: "pytest.MonkeyPatch",
) -> None:
    """Under ASGI a persistent connection would leak with every thread."""
    environment = loaded(
        monkeypatch,
        DATABASE_POOL_MIN_SIZE=2,
        DATABASE_POOL_MAX_SIZE=3,
        DATABASE_POOL_TIMEOUT=1.5,
    )
    entry = servers.database(environment.database)
    assert entry["CONN_MAX_AGE"] == 0
    assert entry["CONN_HEALTH_CHECKS"] is True
    pool = {"min_size": 2, "max_size": 3, "timeout": 1.5}
    assert pool.items() <= entry["OPTIONS"]["pool"].items()
    assert entry["OPTIONS"]["connect_timeout"] > 0


def test_redis_waits_are_short(monkeypatch: "pytest.MonkeyPatch") -> None:
    """A dead Redis holds no request up."""
    for cache in servers.caches(loaded(monkeypatch).redis).values():
        options = cache["OPTIONS"]
        assert options["SOCKET_TIMEOUT"] <= LONGEST
        assert options["SOCKET_CONNECT_TIMEOUT"] <= LONGEST
        assert options["CONNECTION_POOL_CLASS"].endswith("BlockingConnectionPool")
        assert options["CONNECTION_POOL_KWARGS"]["timeout"] <= LONGEST


def test_session_database_is_the_projects(monkeypatch: "pytest.MonkeyPatch") -> None:
    """The number stands in project.toml unless a variable names another."""
    own = servers.caches(loaded(monkeypatch).redis)["sessions"]["LOCATION"]
    assert own.endswith(f"/{PROJECT.redis.session_db}")
    url = f"redis://:{'x7' * 12}@sessions:6379/9"
    environment = loaded(monkeypatch, REDIS_SESSION_URL=url)
    assert servers.caches(environment.redis)["sessions"]["LOCATION"] == url


def test_mail_goes_to_the_server(monkeypatch: "pytest.MonkeyPatch") -> None:
    """All of the account reaches the SMTP backend, and no wait is endless."""
    environment = loaded(
        monkeypatch,
        EMAIL_PORT=2525,
        EMAIL_HOST_USER="mailer",
        EMAIL_HOST_PASSWORD=ODD,
        EMAIL_USE_TLS="false",
    )
    mailer = servers.mailers(environment.email)["default"]
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
    monkeypatch: "pytest.MonkeyPatch",
) -> None:
    """On a developer's machine a reset link can be read off the terminal."""
    environment = loaded(monkeypatch, DJANGO_ENVIRONMENT="local", EMAIL_HOST="")
    mailer = servers.mailers(environment.email)["default"]
    assert mailer["BACKEND"].endswith("TerminalBackend")
