"""Copies of the stack's database in files, and back."""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from config.env import PROJECT
from django_strict.stack.compose import StackError

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.stack.compose import Compose

FOLDER: Final = "backups"
# Inside the container, as the role that owns the database, over the local socket.
IN_DB: Final = ("exec", "-T", "db")
ROLE: Final = f"--username={PROJECT.database.user}"
NAME: Final = PROJECT.database.name
MAINTENANCE: Final = "--maintenance-db=postgres"
COUNT_TABLES: Final = (
    "SELECT count(*) FROM pg_catalog.pg_tables "
    "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)


def dump(compose: "Compose", target: "Path | None") -> "Path":
    """Write the database to a file in PostgreSQL's custom format.

    Args:
        compose: The running stack.
        target: The file; by default a new one in ``backups/``, named after the time.

    Raises:
        StackError: If the database cannot be dumped, or the file exists.

    Returns:
        The file, readable by its owner alone; it was read back once.
    """
    require_database(compose)
    if target is None:
        stamp = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%SZ")
        target = compose.folder / FOLDER / f"{PROJECT.slug}-{stamp}.dump"
    if target.exists():
        message = f"{target} exists already; name another file."
        raise StackError(message)
    target.parent.mkdir(parents=True, exist_ok=True)
    # A dump that breaks off never looks like a finished one.
    part = target.with_name(f"{target.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            compose.pipe(*IN_DB, "pg_dump", "--format=custom", ROLE, NAME, target=file)
        tables(compose, part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def restore(compose: "Compose", source: "Path", *, replace: bool) -> int:
    """Fill the database from a file: all of it or, on an error, nothing.

    Args:
        compose: The running stack; its app is stopped meanwhile.
        source: A file that ``dump`` wrote.
        replace: Whether to delete what the database holds now.

    Raises:
        StackError: If the file is no dump, the database is not empty, or the result
            has other tables than the dump.

    Returns:
        How many tables were restored.
    """
    require_database(compose)
    if not source.is_file():
        message = f"There is no file {source}."
        raise StackError(message)
    expected = tables(compose, source)
    if count_tables(compose) and not replace:
        message = (
            "The database is not empty. Add --replace to delete everything in it "
            "first; `uv run poe stack-backup` keeps a copy."
        )
        raise StackError(message)
    compose.pipe("stop", "app")
    try:
        compose.pipe(
            *IN_DB, "dropdb", "--if-exists", "--force", MAINTENANCE, ROLE, NAME
        )
        compose.pipe(
            *IN_DB, "createdb", "--template=template0", MAINTENANCE, ROLE, NAME
        )
        with source.open("rb") as file:
            compose.pipe(
                *IN_DB,
                "pg_restore",
                "--exit-on-error",
                "--single-transaction",
                ROLE,
                f"--dbname={NAME}",
                source=file,
            )
        found = count_tables(compose)
    finally:
        compose.pipe("start", "app")
    if found != expected:
        message = f"The dump holds {expected} tables, the database now {found}."
        raise StackError(message)
    return found


def require_database(compose: "Compose") -> None:
    """Make sure that there is a database to talk to.

    Args:
        compose: The stack.

    Raises:
        StackError: If the stack has none, or it does not run.
    """
    if "db" not in compose.pipe("config", "--services").decode().split():
        message = "The database is not part of this stack; use its own tools."
        raise StackError(message)
    if not any(it.name == "db" and it.state == "running" for it in compose.services()):
        message = "The database does not run; start it with `uv run poe stack`."
        raise StackError(message)


def tables(compose: "Compose", source: "Path") -> int:
    """Count the tables in a dump, and so read it once.

    Args:
        compose: The running stack.
        source: The file.

    Returns:
        How many tables it would create.
    """
    with source.open("rb") as file:
        listing = compose.pipe(*IN_DB, "pg_restore", "--list", source=file).decode()
    return sum(" TABLE " in line for line in listing.splitlines()) - sum(
        " TABLE DATA " in line for line in listing.splitlines()
    )


def count_tables(compose: "Compose") -> int:
    """Count the tables in the database.

    Args:
        compose: The running stack.

    Returns:
        How many there are.
    """
    answer = compose.pipe(
        *IN_DB,
        "psql",
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        ROLE,
        f"--dbname={NAME}",
        f"--command={COUNT_TABLES}",
    )
    return int(answer.decode())
