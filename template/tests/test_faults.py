"""What stands behind the project breaks, and clients misbehave: it goes on."""

import os
import secrets
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.conf import settings

from tests.faults import Backends, children, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults import Answer, Served

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
PASSWORD = f"{secrets.token_urlsafe(16)}-Aa1"
HEALTH = "/api/health/"
LIVE = "/api/health/live/"
ME = "/api/v1/users/me/"
REGISTER = "/api/v1/auth/register/"
OBTAIN = "/api/v1/auth/token/"
SOON = 5.0  # seconds; a view may take two in these tests
POOL = 3


@pytest.fixture(scope="module")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Backends:
    """Start servers that these tests may break."""
    return Backends(tmp_path_factory.mktemp("backends"))


@pytest.fixture(scope="module")
def served(
    backends: Backends, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Served]":
    """Serve the project with short patience."""
    with serving(
        backends,
        tmp_path_factory.mktemp("served"),
        DATABASE_POOL_MAX_SIZE=str(POOL),
        DATABASE_POOL_TIMEOUT="1",
        DATABASE_STATEMENT_TIMEOUT="1",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def credentials(served: "Served") -> dict[str, str]:
    """Register somebody and return the headers that prove it."""
    body = {"email": "ada@example.com", "password": PASSWORD}
    assert served.ask(REGISTER, body).status == HTTPStatus.CREATED
    token = served.ask(OBTAIN, body).body["token"]
    return {"Authorization": f"Token {token}"}


def crowd(served: "Served", headers: dict[str, str], count: int = 8) -> "list[Answer]":
    """Ask for the own account several times at once."""
    with ThreadPoolExecutor(count) as clients:
        asked = [clients.submit(served.ask, ME, None, headers) for _ in range(count)]
        return [future.result() for future in asked]


def connections_of(backends: Backends) -> int:
    """Count the connections that PostgreSQL has, this one left out."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(backends.addresses.database_url) as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def assert_unavailable(served: "Served", answer: "Answer") -> None:
    """Expect the envelope of an outage, and its cause in the log."""
    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.body["errors"][0]["code"] == "service_unavailable"
    assert answer.seconds < SOON
    lines = served.lines(answer.request_id)
    assert {line["level"] for line in lines} >= {"ERROR", "INFO"}


def test_hanging_postgresql(
    served: "Served", backends: Backends, credentials: dict[str, str]
) -> None:
    """Every request is told so in time, and all is well when it goes on."""
    with backends.hanging("postgres"):
        for answer in crowd(served, credentials):
            assert_unavailable(served, answer)
        unhealthy = served.until(HEALTH, HTTPStatus.SERVICE_UNAVAILABLE)
        assert unhealthy.body["db"].startswith("error: ")
        assert unhealthy.seconds < SOON
        assert served.ask(LIVE).status == HTTPStatus.OK
    served.until(HEALTH, HTTPStatus.OK)
    time.sleep(1)
    assert {a.status for a in crowd(served, credentials)} == {HTTPStatus.OK}
    assert connections_of(backends) <= 2 * (POOL + 1)


def test_killed_postgresql(
    served: "Served", backends: Backends, credentials: dict[str, str]
) -> None:
    """A crash costs the envelope at most, and no restart of the project."""
    os.kill(backends.pid("postgres"), signal.SIGKILL)
    statuses = {answer.status for answer in crowd(served, credentials)}
    assert statuses <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
    served.until(HEALTH, HTTPStatus.OK)
    assert {a.status for a in crowd(served, credentials)} == {HTTPStatus.OK}


def test_postgresql_without_free_connections(
    served: "Served", backends: Backends, credentials: dict[str, str]
) -> None:
    """Connections that are open already serve on; new ones wait and are told."""
    held: list[psycopg.Connection] = []
    try:
        with suppress(psycopg.OperationalError):
            while True:
                held.append(psycopg.connect(backends.addresses.database_url))
        statuses = {answer.status for answer in crowd(served, credentials)}
    finally:
        for connection in held:
            connection.close()
    assert statuses <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
    served.until(HEALTH, HTTPStatus.OK)
    assert {a.status for a in crowd(served, credentials)} == {HTTPStatus.OK}


def test_hanging_redis(
    served: "Served", backends: Backends, credentials: dict[str, str]
) -> None:
    """Requests go on uncounted; the health check names the culprit."""
    with backends.hanging("valkey"):
        answers = crowd(served, credentials, 2)
        assert {answer.status for answer in answers} == {HTTPStatus.OK}
        assert max(answer.seconds for answer in answers) < SOON
        unhealthy = served.until(HEALTH, HTTPStatus.SERVICE_UNAVAILABLE)
        assert unhealthy.body["cache"] == "error: timeout"
    served.until(HEALTH, HTTPStatus.OK)


def test_killed_redis(
    served: "Served", backends: Backends, credentials: dict[str, str]
) -> None:
    """A crash of the cache costs no request."""
    os.kill(backends.pid("valkey"), signal.SIGKILL)
    assert {a.status for a in crowd(served, credentials)} == {HTTPStatus.OK}
    served.until(HEALTH, HTTPStatus.OK)


POST = b"POST /api/v1/auth/token/ HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        (b"GET /api/heal",),
        (b"nonsense\r\n\r\n",),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",),
        (POST, b"Content-Length: 100\r\n\r\n{"),
        (POST, b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", b"\r\n"),
        (POST, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        (POST, b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \x00\r\n\r\n",),
        (b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",),
        (b"GET /%ff%fe/ HTTP/1.1\r\nHost: localhost\r\n\r\n",),
        (b"GET /?a=\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",),
    ],
    ids=[
        *("line", "nonsense", "tls", "short", "chunk", "size", "lengths"),
        *("nul", "host", "path", "query"),
    ],
)
def test_broken_request(served: "Served", parts: tuple[bytes, ...]) -> None:
    """Half, wrong and hostile requests end in 4xx or a closed connection."""
    answer = served.send(*parts)
    assert not answer or answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert served.ask(LIVE).status == HTTPStatus.OK


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": "' + b"x" * 10_000_000 + b'"}',
        b"[" * 500_000,
        b'{"email": "\xff\xfe", "password": "x"}',
        b'{"email": "a\\u0000b", "password": "\\u0000"}',
        b'{"email": ' + b"9" * 5000 + b', "password": 1e999}',
        b'{"email": "a", "email": "b", "password": "x"}',
        b'{"email": "\\ud800", "password": "\\udfff"}',
    ],
    ids=["large", "deep", "bytes", "nul", "integer", "twice", "surrogate"],
)
def test_hostile_json(served: "Served", body: bytes) -> None:
    """Whatever the body holds is the client's mistake."""
    answer = served.ask(OBTAIN, body)
    assert 400 <= answer.status < 500  # noqa: PLR2004 - the class of client errors
    assert set(answer.body) == {"type", "errors"}


def test_slow_clients_hold_nobody_up(
    served: "Served", credentials: dict[str, str]
) -> None:
    """More half-sent requests than threads, and others are served all the same."""
    with ThreadPoolExecutor(20) as clients:
        slow = (POST, b"Content-Length: 100\r\n\r\n{", *[b" "] * 10)
        waiting = [clients.submit(served.send, *slow) for _ in range(20)]
        answers = crowd(served, credentials, 4)
        assert {answer.status for answer in answers} == {HTTPStatus.OK}
        assert max(answer.seconds for answer in answers) < SOON
        for future in waiting:
            future.result()


def test_killed_worker(served: "Served", backends: Backends) -> None:
    """What was answered is stored whole, and another worker takes over."""
    before = children(served.process.pid)

    def register(number: int) -> int:
        """Register somebody, whatever happens to the worker."""
        body = {"email": f"kill{number}@example.com", "password": PASSWORD}
        try:
            return served.ask(REGISTER, body).status
        except (OSError, ValueError):
            return 0

    with ThreadPoolExecutor(4) as clients:
        registering = [clients.submit(register, number) for number in range(8)]
        time.sleep(0.3)
        os.kill(before[0], signal.SIGKILL)
        statuses = [future.result() for future in registering]
    served.until(HEALTH, HTTPStatus.OK)
    query = "SELECT email, password FROM users_user WHERE email LIKE 'kill%'"
    with psycopg.connect(backends.addresses.database_url) as connection:
        rows = {str(row[0]): str(row[1]) for row in connection.execute(query)}
    for number, status in enumerate(statuses):
        if status == HTTPStatus.CREATED:
            assert f"kill{number}@example.com" in rows
    assert all(password.startswith("argon2$") for password in rows.values())
    deadline = time.monotonic() + SOON
    while len(children(served.process.pid)) < len(before):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_full_disk_for_the_log_and_a_stop_under_load(
    backends: Backends, tmp_path: Path
) -> None:
    """Lines get lost, requests do not: those that were accepted are answered."""
    with serving(backends, tmp_path, log=Path("/dev/full")) as running:
        assert running.ask(HEALTH).status == HTTPStatus.OK
        assert running.ask("/unknown/").status == HTTPStatus.NOT_FOUND
        body = {"email": "ada@example.com", "password": PASSWORD}
        with ThreadPoolExecutor(6) as clients:
            asked = [clients.submit(running.ask, OBTAIN, body) for _ in range(6)]
            time.sleep(0.2)
            running.process.terminate()
            statuses = [future.result().status for future in asked]
        assert running.process.wait(30) == 0
    known = {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS}
    assert set(statuses) <= known


def test_nothing_is_left_over(served: "Served", backends: Backends) -> None:
    """After all this each worker has its pool and the health check's connection."""
    assert served.ask(HEALTH).status == HTTPStatus.OK
    assert connections_of(backends) <= 2 * (POOL + 1)
    assert settings.REQUEST_TIMEOUT > settings.REQUEST_PATIENCE
