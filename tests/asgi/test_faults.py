"""What stands behind the project breaks, and clients misbehave: it goes on."""

import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from redis import Redis

from tests.asgi.serving import STOP, Backends, children, serving

if TYPE_CHECKING:
    from tests.asgi.serving import Answer, Served
    from tests.helpers.project import Project

PASSWORD = f"{secrets.token_urlsafe(16)}-Aa1"
HEALTH = "/api/health/"
LIVE = "/api/health/live/"
ME = "/api/v1/users/me/"
REGISTER = "/api/v1/auth/register/"
CHANGE = "/api/v1/auth/password/change/"
OBTAIN = "/api/v1/auth/token/"
SOON = 10.0  # seconds; a request may wait for four and take two in these tests
POOL = 3
LARGE_POOL = 8


@pytest.fixture(scope="module")
def backends(project: "Project", tmp_path_factory: pytest.TempPathFactory) -> Backends:
    """Start servers that these tests may break.

    Args:
        project: The project, whose packages are installed with it.
        tmp_path_factory: Where to put them.

    Returns:
        The servers.
    """
    project.run("uv", "sync", "--quiet")
    return Backends(tmp_path_factory.mktemp("backends"))


@pytest.fixture(scope="module")
def served(
    project: "Project", backends: Backends, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Served"]:
    """Serve the project with short patience.

    Args:
        project: The project.
        backends: Its servers.
        tmp_path_factory: Where to put the log.

    Yields:
        The running project.
    """
    with serving(
        project,
        backends,
        tmp_path_factory.mktemp("served"),
        DATABASE_POOL_MAX_SIZE=str(POOL),
        DATABASE_POOL_TIMEOUT="4",
        DATABASE_STATEMENT_TIMEOUT="1",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def single(
    project: "Project", backends: Backends, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Served"]:
    """Serve the project with one worker.

    Args:
        project: The project.
        backends: Its servers.
        tmp_path_factory: Where to put the log.

    Yields:
        The running project.
    """
    with serving(
        project,
        backends,
        tmp_path_factory.mktemp("single"),
        WEB_CONCURRENCY="1",
        DATABASE_POOL_MAX_SIZE=str(LARGE_POOL),
        DJANGO_NUM_PROXIES="1",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def credentials(served: "Served") -> dict[str, str]:
    """Register somebody and return the headers that prove it."""
    body = {"email": "ada@example.com", "password": PASSWORD}
    assert served.ask(REGISTER, body).status == HTTPStatus.ACCEPTED
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


def assert_served(served: "Served", answers: "list[Answer]") -> None:
    """Expect each to be served; what the log says of the others is shown."""
    assert answers
    failed = [answer for answer in answers if answer.status != HTTPStatus.OK]
    lines = [served.lines(answer.request_id) for answer in failed]
    assert not failed, json.dumps(lines, indent=1)


def assert_served_or_unavailable(served: "Served", answers: "list[Answer]") -> None:
    """Expect each to be served, or to be told why it is not."""
    for answer in answers:
        if answer.status != HTTPStatus.OK:
            assert_unavailable(served, answer)


def assert_uncounted(served: "Served", answers: "list[Answer]") -> None:
    """Expect each to be served although nothing counts it, and the log to say so."""
    for answer in answers:
        assert answer.status == HTTPStatus.OK
        assert answer.seconds < SOON
        loggers = {line["logger"] for line in served.lines(answer.request_id)}
        assert "django_strict_asgi.throttling" in loggers


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
    assert_served(served, crowd(served, credentials))
    assert connections_of(backends) <= 2 * POOL


def test_postgresql_without_free_connections(
    served: "Served", backends: Backends, credentials: dict[str, str]
) -> None:
    """Requests wait, not long, and are told; the workers live on what comes free."""
    address = backends.addresses.database_url
    held: list[psycopg.Connection] = []

    def hold() -> None:
        """Take all connections that are free."""
        with suppress(psycopg.OperationalError):
            while True:
                held.append(psycopg.connect(address, autocommit=True))

    try:
        hold()
        mine = [connection.info.backend_pid for connection in held]
        held[0].execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND NOT pid = ANY(%s)",
            [mine],
        )
        until_alone(held[0], mine)
        hold()
        for answer in crowd(served, credentials):
            assert_unavailable(served, answer)
        assert served.ask(LIVE).status == HTTPStatus.OK
    finally:
        for connection in held:
            connection.close()
    served.until(HEALTH, HTTPStatus.OK)
    assert_served(served, crowd(served, credentials))


def until_alone(connection: psycopg.Connection, mine: list[int]) -> None:
    """Wait until PostgreSQL has no other connections to this database."""
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND NOT pid = ANY(%s)"
    )
    deadline = time.monotonic() + 30
    while connection.execute(query, [mine]).fetchone() != (0,):
        assert time.monotonic() < deadline, "other connections stay"


def test_hanging_redis(
    served: "Served", backends: Backends, credentials: dict[str, str]
) -> None:
    """Requests go on uncounted; the health check names the culprit."""
    with backends.hanging("valkey"):
        assert_uncounted(served, crowd(served, credentials, 2))
        unhealthy = served.until(HEALTH, HTTPStatus.SERVICE_UNAVAILABLE)
        assert unhealthy.body["cache"] == "error: timeout"
    served.until(HEALTH, HTTPStatus.OK)


def test_redis_without_free_connections(
    served: "Served", backends: Backends, credentials: dict[str, str]
) -> None:
    """Requests go on uncounted until there are some again."""
    admin = Redis.from_url(backends.addresses.redis_url)
    try:
        admin.config_set("maxclients", 1)
        admin.client_kill_filter(_type="normal", skipme=True)
        assert_uncounted(served, crowd(served, credentials, 2))
        unhealthy = served.until(HEALTH, HTTPStatus.SERVICE_UNAVAILABLE)
        assert unhealthy.body["cache"].startswith("error: ")
    finally:
        admin.config_set("maxclients", 1000)
        admin.close()
    served.until(HEALTH, HTTPStatus.OK)


@pytest.mark.parametrize("asked", [0, 8], ids=["unnoticed", "noticed"])
@pytest.mark.parametrize(
    "how", [signal.SIGKILL, STOP["postgres"]], ids=["killed", "restarted"]
)
def test_ended_postgresql(
    served: "Served",
    backends: Backends,
    credentials: dict[str, str],
    how: signal.Signals,
    asked: int,
) -> None:
    """It costs the requests meanwhile, told so, and none of those that follow."""
    workers = children(served.process.pid)
    assert_served(served, crowd(served, credentials))
    with backends.ending("postgres", how):
        answers = crowd(served, credentials, asked) if asked else []
        assert_served_or_unavailable(served, answers)
    assert_served(served, crowd(served, credentials))
    served.until(HEALTH, HTTPStatus.OK)
    assert connections_of(backends) <= 2 * POOL
    assert children(served.process.pid) == workers


@pytest.mark.parametrize(
    "how", [signal.SIGKILL, STOP["valkey"]], ids=["killed", "restarted"]
)
def test_ended_redis(
    served: "Served",
    backends: Backends,
    credentials: dict[str, str],
    how: signal.Signals,
) -> None:
    """It costs no request, and those that follow are counted again."""
    workers = children(served.process.pid)
    with backends.ending("valkey", how):
        assert_served(served, crowd(served, credentials))
    answers = crowd(served, credentials)
    assert_served(served, answers)
    written = [line for answer in answers for line in served.lines(answer.request_id)]
    assert {line["logger"] for line in written} == {"apps.core.middleware"}
    served.until(HEALTH, HTTPStatus.OK)
    assert children(served.process.pid) == workers


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
    assert 400 <= answer.status < 500
    assert set(answer.body) == {"type", "errors"}


def test_slow_clients_hold_nobody_up(
    served: "Served", credentials: dict[str, str]
) -> None:
    """More half-sent requests than threads, and others are served all the same."""
    with ExitStack() as slow:
        for _ in range(20):
            address = ("127.0.0.1", served.port)
            client = slow.enter_context(socket.create_connection(address, 30))
            client.sendall(POST + b"Content-Length: 100\r\n\r\n{")
        for _ in range(2):
            answers = crowd(served, credentials, 4)
            assert_served(served, answers)
            assert max(answer.seconds for answer in answers) < SOON


def test_killed_worker(served: "Served", backends: Backends) -> None:
    """What was answered is stored whole, and another worker takes over."""
    before = children(served.process.pid)

    def register(number: int) -> int:
        """Register somebody, whatever happens to the worker."""
        body = {"email": f"kill{number}@example.com", "password": PASSWORD}
        try:
            return served.ask(REGISTER, body).status
        except (OSError, HTTPException, ValueError):
            return 0

    with ThreadPoolExecutor(4) as clients:
        registering = [clients.submit(register, number) for number in range(8)]
        registering[0].result()
        os.kill(before[0], signal.SIGKILL)
        statuses = [future.result() for future in registering]
    served.until(HEALTH, HTTPStatus.OK)
    query = "SELECT email, password FROM users_user WHERE email LIKE 'kill%'"
    with psycopg.connect(backends.addresses.database_url) as connection:
        rows = {str(row[0]): str(row[1]) for row in connection.execute(query)}
    for number, status in enumerate(statuses):
        if status == HTTPStatus.ACCEPTED:
            assert f"kill{number}@example.com" in rows
    assert HTTPStatus.ACCEPTED in statuses
    assert all(password.startswith("argon2$") for password in rows.values())
    deadline = time.monotonic() + SOON
    while len(children(served.process.pid)) < len(before):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def locked(backends: Backends, table: str) -> Iterator[psycopg.Connection]:
    """Let everybody read a table, or nobody, and nobody write to it, for a while."""
    mode = "ACCESS EXCLUSIVE" if table == "users_user" else "EXCLUSIVE"
    with psycopg.connect(backends.addresses.database_url) as connection:
        connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield connection
        connection.rollback()


def until_waiting(backends: Backends, count: int) -> None:
    """Wait until a number of connections wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    deadline = time.monotonic() + 30
    with psycopg.connect(backends.addresses.database_url, autocommit=True) as watching:
        while watching.execute(query).fetchone() != (count,):
            assert time.monotonic() < deadline, "nothing waits for the lock"
            time.sleep(0.02)


def until_refused(served: "Served") -> None:
    """Wait until nobody listens any more."""
    deadline = time.monotonic() + 30
    with suppress(ConnectionRefusedError):
        while time.monotonic() < deadline:
            socket.create_connection(("127.0.0.1", served.port), 30).close()
            time.sleep(0.02)
        pytest.fail("New connections are still accepted.")


def test_worker_killed_between_two_writes(single: "Served", backends: Backends) -> None:
    """Of a new password and the end of its tokens neither is stored without the other."""
    account = {"email": "half@example.com", "password": PASSWORD}
    assert single.ask(REGISTER, account).status == HTTPStatus.ACCEPTED
    token = single.ask(OBTAIN, account).body["token"]
    headers = {"Authorization": f"Token {token}"}
    change = {"current_password": PASSWORD, "new_password": f"{PASSWORD}-new"}
    with ThreadPoolExecutor(1) as client:
        with locked(backends, "users_token"):
            changing = client.submit(single.ask, CHANGE, change, headers)
            until_waiting(backends, 1)
            for worker in children(single.process.pid):
                os.kill(worker, signal.SIGKILL)
            with pytest.raises((OSError, HTTPException)):
                changing.result()
        until_waiting(backends, 0)
    single.until(HEALTH, HTTPStatus.OK)
    assert single.ask(ME, None, headers).status == HTTPStatus.OK
    assert single.ask(OBTAIN, account).status == HTTPStatus.OK


def test_full_disk_for_the_log(
    project: "Project", backends: Backends, tmp_path: Path
) -> None:
    """Lines get lost, requests do not."""
    with serving(project, backends, tmp_path, log=Path("/dev/full")) as running:
        assert running.ask(HEALTH).status == HTTPStatus.OK
        assert running.ask("/unknown/").status == HTTPStatus.NOT_FOUND


def test_busy_worker_is_not_taken_for_an_ill_one(
    single: "Served", backends: Backends, credentials: dict[str, str]
) -> None:
    """While all of its threads wait, the health check still has a connection."""
    most = LARGE_POOL
    # One address would leave threads to others.
    askers = [credentials | {"X-Forwarded-For": f"192.0.2.{it}"} for it in range(most)]
    with ThreadPoolExecutor(most) as clients:
        with locked(backends, "users_user"):
            asked = [
                clients.submit(single.ask, ME, None, headers) for headers in askers
            ]
            until_waiting(backends, most - 1)
            assert single.ask(HEALTH).status == HTTPStatus.OK
        assert HTTPStatus.OK in {future.result().status for future in asked}


def test_stop_under_load(
    project: "Project",
    backends: Backends,
    tmp_path: Path,
    credentials: dict[str, str],
) -> None:
    """No request that was accepted is lost, and no further one is accepted."""
    with (
        serving(project, backends, tmp_path) as running,
        ThreadPoolExecutor(4) as clients,
    ):
        with locked(backends, "users_user"):
            asked = [
                clients.submit(running.ask, ME, None, credentials) for _ in range(4)
            ]
            until_waiting(backends, 4)
            running.process.terminate()
            until_refused(running)
        assert {future.result().status for future in asked} == {HTTPStatus.OK}
        assert running.process.wait(30) == 0


def test_nothing_is_left_over(
    served: "Served", single: "Served", backends: Backends
) -> None:
    """After all this each worker has the connections of its pool, and no other."""
    for server in (served, single):
        assert server.ask(HEALTH).status == HTTPStatus.OK
    assert connections_of(backends) <= 2 * POOL + LARGE_POOL
