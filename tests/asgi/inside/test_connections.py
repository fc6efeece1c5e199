"""Connections to PostgreSQL: tested cheaply, and never busy for ever."""

import time
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.models import Func, TextField
from psycopg import Connection, OperationalError as ConnectionLostError

from apps.users.models import User
from apps.users.tests.factories import UserFactory
from config import databases
from config.env import load
from django_strict.environments import install, with_value


@pytest.mark.parametrize(("seconds", "milliseconds"), [("20", 20_000), ("0.5", 500)])
def test_statements_have_a_limit(
    seconds: str, milliseconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request outlives the patience of the proxy."""
    install(monkeypatch, with_value(DATABASE_STATEMENT_TIMEOUT=seconds))
    options = databases.databases(load())["default"]["OPTIONS"]
    assert options["options"] == f"-c statement_timeout={milliseconds}"


def test_options_of_the_address_do_not_take_the_limit_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They come behind it, and may name another limit."""
    variables = with_value()
    url = f"{variables['DATABASE_URL']}?options=-c%20search_path%3Dshop"
    install(monkeypatch, {**variables, "DATABASE_URL": url})
    options = databases.databases(load())["default"]["OPTIONS"]
    assert options["options"] == "-c statement_timeout=20000 -c search_path=shop"


def test_a_vanished_machine_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packets that nobody acknowledges end a connection within seconds."""
    install(monkeypatch, with_value())
    options = databases.databases(load())["default"]["OPTIONS"]
    assert databases.DEAD_PEER.items() <= options.items()


def test_recovery_needs_less_time_than_a_request_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long PostgreSQL was away, the next attempt to reach it is near."""
    install(monkeypatch, with_value(DATABASE_POOL_TIMEOUT="4"))
    pool = databases.databases(load())["default"]["OPTIONS"]["pool"]
    assert pool["reconnect_timeout"] < pool["timeout"]


@pytest.mark.django_db
def test_endless_statement_is_ended() -> None:
    """PostgreSQL itself stops it; without the limit it would run for a minute."""
    UserFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 50")
    nap: Any = Func(60, function="pg_sleep", output_field=TextField())
    with pytest.raises(OperationalError, match="statement timeout"):
        list(User.objects.values_list(nap))


@pytest.mark.django_db(transaction=True)
def test_connection_that_the_server_ended_is_not_lent() -> None:
    """The end of a connection is seen without a round trip."""
    address = connection.get_connection_params()
    with Connection.connect(**address, autocommit=True) as pooled:
        databases.check_connection(pooled)
        with Connection.connect(**address, autocommit=True) as killer:
            process = pooled.info.backend_pid
            killer.execute("SELECT pg_terminate_backend(%s)", [process])
        with pytest.raises(ConnectionLostError):
            check_repeatedly(pooled)


@pytest.mark.django_db(transaction=True)
def test_restart_of_postgresql_costs_the_next_request_no_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many idle connections have ended, the first look replaces them all.

    One at a time, the pool would wait longer after each: half a minute for six.
    """
    size = 6
    entry = connections.settings[DEFAULT_DB_ALIAS]
    pool = {**entry["OPTIONS"]["pool"], "min_size": size, "max_size": size}
    pool["timeout"] = 10
    options = {**entry["OPTIONS"], "pool": pool, "application_name": "restarted"}
    monkeypatch.setitem(
        connections.settings, DEFAULT_DB_ALIAS, {**entry, "OPTIONS": options}
    )
    monkeypatch.setattr(DatabaseWrapper, "_connection_pools", {})
    asker = connections.create_connection(DEFAULT_DB_ALIAS)
    assert isinstance(asker, DatabaseWrapper)
    asker.pool.open(wait=True)
    try:
        assert end_connections_named("restarted") == size
        asker.ensure_connection()
    finally:
        asker.close()
        asker.close_pool()


def end_connections_named(name: str) -> int:
    """End the connections of an application, and wait until they are gone."""
    end = (
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
        "WHERE application_name = %s"
    )
    address = connection.get_connection_params()
    with Connection.connect(**address, autocommit=True) as killer:
        row = killer.execute(end, [name]).fetchone()
    return int(row[0]) if row else 0


def check_repeatedly(pooled: Connection) -> None:
    """Test a connection until the test fails, for five seconds at most."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        databases.check_connection(pooled)
