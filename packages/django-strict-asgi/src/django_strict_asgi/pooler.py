"""Connections from pools: tested before they are lent, and limited behind a pooler."""

import select
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import InsufficientPrivilege
from psycopg_pool import ConnectionPool

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper
    from psycopg import Connection

ALTER: Final = "ALTER ROLE {role} IN DATABASE {name} SET statement_timeout = {limit}"
FOUND: Final = "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'"
SECONDS: Final = 5


class PoolerError(Exception):
    """The pooler cannot be used; the message says what to do."""


def conflicts(url: str, direct: str, *, pooled: bool) -> dict[str, str]:
    """Find what is wrong with the addresses in front of a pooler and behind it.

    Args:
        url: Where requests connect; each may be empty, and none is malformed.
        direct: Where all else connects.
        pooled: Whether the first is a pooler's.

    Returns:
        Sentences without name and full stop, by the name of the address.
    """
    address, own = conninfo_to_dict(url), conninfo_to_dict(direct)
    is_same = all(address.get(key) == own.get(key) for key in ("host", "port"))
    problems = {}
    if bool(direct) != pooled or (pooled and is_same):
        problems["database_direct_url"] = (
            "must be empty if DATABASE_POOLER is none, and otherwise lead to PostgreSQL "
            "itself, not the pooler; set both or neither"
        )
    if pooled and "options" in address:
        problems["database_url"] = (
            "holds options, which a pooler refuses; set them with ALTER ROLE ... SET"
        )
    return problems


def keep_limit(connection: "Connection[Any]", *, url: str, limit: int) -> str:
    """Give the pooler's role a limit in PostgreSQL, and look whether it arrives.

    What a session sets for itself stays with the pooler's connection and meets whoever
    borrows it next; a role's own default is there whenever the pooler connects.

    Args:
        connection: To PostgreSQL itself, outside a transaction.
        url: The pooler's address.
        limit: Milliseconds that a statement may take, 0 for no limit.

    Raises:
        PoolerError: If the pooler does not answer, or statements have no limit there.

    Returns:
        What somebody should know, empty if that is nothing.
    """
    role = conninfo_to_dict(url).get("user") or connection.info.user
    statement = sql.SQL(ALTER).format(
        role=sql.Identifier(str(role)),
        name=sql.Identifier(connection.info.dbname),
        limit=sql.Literal(limit),
    )
    # Another role than the pooler's may not do this; then somebody else has to.
    with suppress(InsufficientPrivilege):
        connection.execute(statement)
    try:
        with psycopg.connect(url, connect_timeout=SECONDS, autocommit=True) as pooled:
            found = (pooled.execute(FOUND).fetchone() or (0,))[0]
    except psycopg.OperationalError as error:
        message = f"The pooler that DATABASE_URL names cannot be used: {error}"
        raise PoolerError(message) from error
    how = (
        "Let the pooler open new connections (RECONNECT in PgBouncer's console). If that "
        f"does not help, run as a superuser: {statement.as_string(connection)}"
    )
    if limit and not found:
        message = f"Statements have no time limit behind the pooler. {how}"
        raise PoolerError(message)
    if limit != found:
        return f"Behind the pooler statements may still take {found} ms. {how}"
    return ""


def check_connection(connection: "Connection[Any]") -> None:
    """Test a pooled connection before it is lent.

    A server that ended a connection said so: its end can be read. Only then is the
    server asked, which otherwise would cost each request a round trip.

    Where one has ended, a restart may have ended all: the others are tested at once,
    since the pool would lend one after the other, and wait longer after each.

    Args:
        connection: The connection, idle.

    Raises:
        OperationalError: psycopg's; when it has ended.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.OperationalError:
            cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS]).pool.check()
            raise
