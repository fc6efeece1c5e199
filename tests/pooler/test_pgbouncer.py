"""The project behind a real PgBouncer that lends connections for a transaction each."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.asgi.serving import Backends, serving

if TYPE_CHECKING:
    from tests.asgi.serving import Served
    from tests.helpers.project import Project

# Debian puts it where only root looks.
PGBOUNCER: Final = shutil.which("pgbouncer") or shutil.which(
    "pgbouncer", path="/usr/sbin"
)
pytestmark = pytest.mark.skipif(
    PGBOUNCER is None, reason="needs PgBouncer: apt-get install pgbouncer"
)
# Fewer than there are clients, so that whoever leaves something behind is found out.
CONFIG: Final = """\
[databases]
* = host={host} port={port} {further}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users.txt
admin_users = {user}
pool_mode = transaction
default_pool_size = 3
max_client_conn = 100
"""
LIMIT: Final = 1  # second
PATIENCE: Final = 20.0  # seconds
PASSWORD: Final = f"{secrets.token_urlsafe(16)}-Aa1"
# As a worker of the web has it: what no entry point calls direct goes through the pooler.
SETUP: Final = """
import os, sys, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django; django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.db import OperationalError, connection, transaction
from apps.users.models import User
def threads(work, count=8):
    def alone(number):
        try: return work(number)
        finally: connection.close()
    with ThreadPoolExecutor(count) as pool: return list(pool.map(alone, range(count)))
"""


class Pooler:
    """A PgBouncer in front of the PostgreSQL of these tests.

    Attributes:
        url: Its address.
        direct: PostgreSQL's own.
    """

    def __init__(self, direct: str, port: int) -> None:
        """Remember where both are."""
        self.direct = direct
        url = urlsplit(direct)
        netloc = f"{url.netloc.rpartition(':')[0]}:{port}"
        self.url = url._replace(netloc=netloc).geturl()
        self.console = url._replace(netloc=netloc, path="/pgbouncer").geturl()

    def tell(self, command: str) -> None:
        """Send a command to its console."""
        # It knows the simple protocol alone.
        with closing(
            psycopg.connect(
                self.console, autocommit=True, cursor_factory=psycopg.ClientCursor
            )
        ) as connection:
            connection.execute(command)

    def environment(self, backends: Backends, **changed: str) -> dict[str, str]:
        """Make the variables of a project behind it."""
        return {
            "DJANGO_ENVIRONMENT": "local",
            "DJANGO_LOG_LEVEL": "INFO",
            "DJANGO_LOG_FORMAT": "json",
            "DJANGO_SECRET_KEY": "behind-a-pooler-" * 4,
            "DATABASE_URL": self.url,
            "DATABASE_POOLER": "transaction",
            "DATABASE_DIRECT_URL": self.direct,
            "DATABASE_STATEMENT_TIMEOUT": str(LIMIT),
            "REDIS_URL": backends.addresses.redis_url,
            **changed,
        }


@pytest.fixture(scope="module")
def backends(project: "Project", tmp_path_factory: pytest.TempPathFactory) -> Backends:
    """Start servers of these tests' own."""
    project.run("uv", "sync", "--quiet")
    return Backends(tmp_path_factory.mktemp("backends"))


@contextmanager
def bouncing(direct: str, further: str = "") -> Iterator[Pooler]:
    """Run a PgBouncer in front of a PostgreSQL.

    Args:
        direct: The address of PostgreSQL.
        further: What else is said of its databases.

    Yields:
        The pooler, once it listens.
    """
    url = urlsplit(direct)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        own = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer"))
    values = {"host": url.hostname, "port": url.port, "own": own, "user": url.username}
    text = CONFIG.format(**values, folder=folder, further=further)
    (folder / "pgbouncer.ini").write_text(text)
    (folder / "users.txt").write_text(f'"{url.username}" "{url.password}"\n')
    # It refuses to be root.
    account = "nobody" if os.geteuid() == 0 else None
    if account:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, account)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(PGBOUNCER), "-q", folder / "pgbouncer.ini"],
            stdout=log,
            stderr=log,
            user=account,
        )
    pooler = Pooler(direct, own)
    try:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", own)).close()
                break
            time.sleep(0.05)
        yield pooler
    except BaseException as error:
        error.add_note(f"PgBouncer's log:\n{(folder / 'log').read_text()[-4000:]}")
        raise
    finally:
        process.terminate()
        process.wait(PATIENCE)
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def pooler(project: "Project", backends: Backends) -> Iterator[Pooler]:
    """Migrate, behind a pooler that others use already."""
    with bouncing(backends.addresses.database_url) as running:
        backends.migrate(project, running.environment(backends))
        yield running


@pytest.fixture(scope="module")
def served(
    project: "Project",
    backends: Backends,
    pooler: Pooler,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator["Served"]:
    """Serve the project behind the pooler."""
    folder = tmp_path_factory.mktemp("served")
    variables = pooler.environment(backends)
    with serving(project, backends, folder, log=None, **variables) as running:
        yield running


def scripted(
    project: "Project", environment: dict[str, str], script: str, *, check: bool = True
) -> str:
    """Run a script as a worker of the web would be set up."""
    command = ("uv", "run", "python", "-c", SETUP + script)
    return project.run(*command, extra=environment, check=check)


def token(served: "Served", email: str) -> dict[str, str]:
    """Register somebody and return the headers that prove it."""
    body = {"email": email, "password": PASSWORD}
    assert served.ask("/api/v1/auth/register/", body).status == HTTPStatus.ACCEPTED
    answer = served.ask("/api/v1/auth/token/", body)
    return {"Authorization": f"Token {answer.body['token']}"}


def test_requests_are_served(served: "Served") -> None:
    """More at once than the pooler has connections, and it counts as healthy."""
    headers = token(served, "ada@example.com")
    with ThreadPoolExecutor(8) as clients:
        asked = [
            clients.submit(served.ask, "/api/v1/users/me/", None, headers)
            for _ in range(100)
        ]
        statuses = {future.result().status for future in asked}
    assert statuses == {HTTPStatus.OK}
    assert served.until("/api/health/", 200).body["db"] == "ok"


def test_a_list_is_read_to_its_end(served: "Served") -> None:
    """Page by page, by the cursors of its links."""
    headers = token(served, "list@example.com")
    body = {"email": "list@example.com", "password": PASSWORD}
    for _ in range(2):
        served.ask("/api/v1/auth/token/", body)
    path, seen = "/api/v1/auth/tokens/?page_size=1&cursor=", []
    while path:
        answer = served.ask(path, None, headers)
        assert answer.status == HTTPStatus.OK, answer.body
        seen += [each["id"] for each in answer.body["results"]]
        path = (answer.body["next"] or "").partition("//")[2].partition("/")[2]
        path = path and f"/{path}"
    assert len(seen) == len(set(seen)) == 3


def test_iterators_read_everything(
    project: "Project", backends: Backends, pooler: Pooler
) -> None:
    """In chunks, in eight threads, outside transactions: no cursor is left in a session."""
    script = """
User.objects.bulk_create(User(email=f"i{n}@example.com") for n in range(500))
def read(number):
    rows = User.objects.filter(email__startswith="i").order_by("pk")
    return sum(1 for row in rows.iterator(chunk_size=50) if not time.sleep(0.001))
print(threads(read))
"""
    output = scripted(project, pooler.environment(backends), script)
    assert str([500] * 8) in output


def test_statements_end_in_every_session(
    project: "Project", backends: Backends, pooler: Pooler
) -> None:
    """With and without a transaction, whichever connection the pooler lends."""
    script = """
def sleep(number):
    started = time.monotonic()
    try:
        with connection.cursor() as cursor:
            if number % 2:
                with transaction.atomic(): cursor.execute("SELECT pg_sleep(9)")
            else:
                cursor.execute("SELECT pg_sleep(9)")
    except OperationalError as error:
        return "statement timeout" in str(error)
print(threads(sleep, 6))
"""
    started = time.monotonic()
    output = scripted(project, pooler.environment(backends), script)
    assert str([True] * 6) in output
    assert time.monotonic() - started < PATIENCE


def test_the_limit_of_before_ends_with_a_reconnection(
    project: "Project", backends: Backends, pooler: Pooler
) -> None:
    """Until then `migrate` says so; commands themselves have none."""
    command = ("uv", "run", "python", "manage.py", "migrate")
    longer = pooler.environment(backends, DATABASE_STATEMENT_TIMEOUT="7")
    show = """
with connection.cursor() as cursor:
    cursor.execute("SHOW statement_timeout"); print(cursor.fetchone())
"""
    try:
        said = project.run(*command, extra=longer)
        assert "may still take 1000 ms" in said
        assert "RECONNECT" in said
        pooler.tell("RECONNECT")
        time.sleep(1)
        assert "may still" not in project.run(*command, extra=longer)
        assert "('7s',)" in scripted(project, longer, show)
        direct = {**longer, "DATABASE_DIRECT": "true"}
        assert "('0',)" in scripted(project, direct, show)
    finally:
        project.run(*command, extra=pooler.environment(backends))
        pooler.tell("RECONNECT")
        time.sleep(1)


def test_prepared_statements_are_off(
    project: "Project", backends: Backends, pooler: Pooler
) -> None:
    """A statement that is run often is prepared in no session."""
    script = """
def often(number):
    for _ in range(20): User.objects.filter(pk=number).first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return cursor.fetchone()[0], connection.connection.prepare_threshold
print(set(threads(often)))
"""
    output = scripted(project, pooler.environment(backends), script)
    assert "{(0, None)}" in output


def test_two_processes_migrate_one_after_the_other(
    project: "Project", backends: Backends, pooler: Pooler
) -> None:
    """The lock is held and given back in one session, so it is none of the pooler's."""
    project.run(
        *("uv", "run", "python", "manage.py", "migrate", "--noinput", "users", "0002"),
        extra=pooler.environment(backends),
    )
    command = ("uv", "run", "python", "manage.py", "migrate")
    with ThreadPoolExecutor(2) as both:
        said = [
            future.result()
            for future in [
                both.submit(project.run, *command, extra=pooler.environment(backends))
                for _ in range(2)
            ]
        ]
    assert sum("No migrations to apply." in each for each in said) == 1
    with psycopg.connect(pooler.direct) as connection:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        assert connection.execute(query).fetchone() == (0,)


def test_a_limit_that_does_not_arrive_stops_the_migration(
    project: "Project", backends: Backends
) -> None:
    """As where the pooler sets another one itself: better no release than no limit."""
    query = "connect_query='SET statement_timeout = 0'"
    with bouncing(backends.addresses.database_url, query) as other:
        command = ("uv", "run", "python", "manage.py", "migrate")
        said = project.run(*command, extra=other.environment(backends), check=False)
    assert "CommandError: Statements have no time limit behind the pooler" in said
    assert "ALTER ROLE" in said
    assert "Traceback" not in said


def test_a_pooler_that_is_away_is_a_sentence(
    project: "Project", backends: Backends
) -> None:
    """At the end of the log of `migrate`, which touched nothing."""
    with bouncing(backends.addresses.database_url) as other:
        environment = other.environment(backends)
    command = ("uv", "run", "python", "manage.py", "migrate")
    said = project.run(*command, extra=environment, check=False)
    assert "CommandError: The pooler that DATABASE_URL names cannot be used" in said
    assert "Traceback" not in said


def test_the_worker_hears_of_a_task_at_once(
    project: "Project", backends: Backends, pooler: Pooler, served: "Served"
) -> None:
    """It listens past the pooler; what is enqueued behind the pooler wakes it."""
    environment = pooler.environment(backends)
    python = project.environment_folder / "bin" / "python"
    process = subprocess.Popen(
        [python, "-m", "django_strict_asgi.queue_worker"],
        cwd=project.folder,
        env=project.variables(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    query = "SELECT status FROM procrastinate_jobs ORDER BY id DESC LIMIT 1"
    listening = "SELECT 1 FROM pg_stat_activity WHERE query ILIKE 'LISTEN%'"
    try:
        with psycopg.connect(pooler.direct, autocommit=True) as connection:
            deadline = time.monotonic() + PATIENCE
            while not connection.execute(listening).fetchone():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            token(served, "task@example.com")
            body = {"email": "task@example.com"}
            # Without notifications it would look every five seconds: once, not each time.
            deadline = time.monotonic() + 4
            for _ in range(4):
                answer = served.ask("/api/v1/auth/password/reset/", body)
                assert answer.status == HTTPStatus.ACCEPTED
                while connection.execute(query).fetchone() != ("succeeded",):
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_without_the_setting_the_pooler_refuses_the_project(
    project: "Project", backends: Backends, pooler: Pooler
) -> None:
    """So the pooler of these tests is no lenient one."""
    changed = {"DATABASE_POOLER": "none", "DATABASE_DIRECT_URL": ""}
    environment = pooler.environment(backends, **changed)
    output = scripted(project, environment, "User.objects.count()", check=False)
    assert "unsupported startup parameter: options" in output
