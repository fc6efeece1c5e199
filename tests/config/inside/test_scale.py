"""The page on deployment computes as the project does."""

import re

import pytest

from config.env import BASE_DIR, load, read
from django_strict.environments import install, with_value
from django_strict_asgi.capacity import QUEUE_CONNECTIONS, RESERVED_CONNECTIONS

WORKERS = 3
ROW = re.compile(
    r"\| (?P<replicas>\d+) \| (?P<pool>\d+|-) \| (?P<connections>\d+|-)"
    r"( \(measured: (?P<measured>\d+)\))? "
    r"\| (?P<clients>\d+)"
)
ROWS = [
    match.groupdict()
    for match in ROW.finditer((BASE_DIR / "docs" / "deployment.md").read_text("utf-8"))
]


def test_the_table_reaches_a_hundred_replicas() -> None:
    """Beginning with one."""
    assert (ROWS[0]["replicas"], ROWS[-1]["replicas"]) == ("1", "100")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["replicas"])
def test_connections_of_the_page_are_those_of_the_project(
    row: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or none, where the project does not start."""
    replicas = int(row["replicas"])
    values = {"WEB_CONCURRENCY": WORKERS, "APP_REPLICAS": replicas}
    install(monkeypatch, with_value(**values))
    if row["pool"] == "-":
        assert read()[1].keys() == {"DATABASE_MAX_CONNECTIONS"}
        return
    pool = load().pool_max_size
    used = (replicas + 1) * WORKERS * pool + QUEUE_CONNECTIONS + RESERVED_CONNECTIONS
    assert (str(pool), str(used)) == (row["pool"], row["connections"])
    assert int(row["measured"] or 0) <= replicas * WORKERS * pool


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["replicas"])
def test_clients_of_a_pooler_are_what_it_has_to_take(
    row: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With so many, and not with one fewer for each container, pools have full size."""
    clients = int(row["clients"])
    values = {"WEB_CONCURRENCY": WORKERS, "APP_REPLICAS": row["replicas"]}
    values |= {
        "DATABASE_POOLER": "transaction",
        "DATABASE_DIRECT_URL": with_value()["DATABASE_URL"].replace("5432", "5433"),
    }
    for given, size in ((clients, 8), (clients - 1, 7)):
        install(monkeypatch, with_value(**values, DATABASE_MAX_CONNECTIONS=given))
        assert load().pool_max_size == size
