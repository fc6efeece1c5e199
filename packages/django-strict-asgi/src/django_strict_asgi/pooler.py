"""A statement limit that holds behind a pooler, where a session belongs to nobody."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import InsufficientPrivilege

if TYPE_CHECKING:
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
