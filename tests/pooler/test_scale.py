"""What docs/deployment.md says of connections, with replicas that run."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from tests.asgi.serving import Backends, serving
from tests.pooler.test_pgbouncer import PGBOUNCER, Pooler, bouncing, token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.asgi.serving import Served
    from tests.helpers.project import Project

WORKERS: Final = 3
CLIENTS: Final = 100  # for each replica, more than it has threads
SLOW: Final = 2.5  # seconds, less than a request waits for a thread
LENT: Final = 3  # connections of PostgreSQL that the pooler lends, at most
CONNECTIONS: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()"
)


@pytest.fixture(scope="module")
def backends(project: "Project", tmp_path_factory: pytest.TempPathFactory) -> Backends:
    """Start servers of these tests' own."""
    project.run("uv", "sync", "--quiet")
    return Backends(tmp_path_factory.mktemp("backends"))


@pytest.fixture(scope="module")
def pooler(backends: Backends) -> Iterator[Pooler]:
    """Put a pooler in front of them."""
    with bouncing(backends.addresses.database_url) as running:
        yield running


def most_connections(backends: Backends, replicas: "list[Served]") -> int:
    """Keep all replicas busy with statements that wait, and count the connections.

    Args:
        backends: Their PostgreSQL.
        replicas: The replicas.

    Returns:
        How many PostgreSQL has, those of this test left out.
    """
    headers = token(replicas[0], f"{time.time()}@example.com")
    url, found = backends.addresses.database_url, 0
    with (
        ThreadPoolExecutor(CLIENTS * len(replicas)) as clients,
        psycopg.connect(url) as lock,
        psycopg.connect(url, autocommit=True) as watch,
    ):
        lock.execute("LOCK users_user")
        asked = [
            clients.submit(served.ask, "/api/v1/users/me/", None, headers)
            for served in replicas
            for _ in range(CLIENTS)
        ]
        deadline = time.monotonic() + SLOW
        while time.monotonic() < deadline:
            found = max(found, (watch.execute(CONNECTIONS).fetchone() or (0,))[0] - 1)
            time.sleep(0.05)
        lock.rollback()
        statuses = {future.result().status for future in asked}
    assert statuses <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
    assert HTTPStatus.OK in statuses
    return found


@pytest.mark.parametrize(("replicas", "pool"), [(1, 8), (3, 6)])
def test_replicas_open_no_more_connections_than_the_page_says(
    replicas: int,
    pool: int,
    project: "Project",
    backends: Backends,
    tmp_path: "Path",
) -> None:
    """Each worker one for each of its threads, and one for the health check."""
    variables = {"APP_REPLICAS": str(replicas), "WEB_CONCURRENCY": str(WORKERS)}
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                serving(project, backends, tmp_path, log=None, **variables)
            )
            for _ in range(replicas)
        ]
        found = most_connections(backends, running)
    workers = replicas * WORKERS
    # The kernel may leave a worker without any; one at least is full.
    assert pool <= found <= workers * pool


@pytest.mark.skipif(not PGBOUNCER, reason="needs PgBouncer: apt-get install pgbouncer")
def test_a_pooler_lends_a_few_to_all_of_them(
    project: "Project", backends: Backends, pooler: Pooler, tmp_path: "Path"
) -> None:
    """Three replicas with threads for 63 requests, on three connections."""
    changed = {"DATABASE_STATEMENT_TIMEOUT": "20", "APP_REPLICAS": "3"}
    variables = pooler.environment(backends, **changed)
    backends.migrate(project, variables)
    project.run("uv", "run", "python", "manage.py", "migrate", extra=variables)
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                serving(
                    project,
                    backends,
                    tmp_path,
                    log=None,
                    **variables | {"WEB_CONCURRENCY": "3"},
                )
            )
            for _ in range(3)
        ]
        found = most_connections(backends, running)
    assert found == LENT
