"""Copies of the stack's database in files, and back."""

import json
import os
import re
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import IO, TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from config.env import PROJECT
from django_strict.stack.compose import StackError

if TYPE_CHECKING:
    from django_strict.stack.compose import Compose

FOLDER: Final = "backups"
NAME: Final = PROJECT.database.name
# A restored database until it takes the place of the one that is used, and that one until
# the new one answers. Names in front: PostgreSQL cuts long ones off behind.
NEW: Final = f"restored_{NAME}"
OLD: Final = f"replaced_{NAME}"
MAINTENANCE: Final = "template1"
PATIENCE: Final = 120.0  # seconds
# The first role of a cluster, whatever it is called: in those of earlier versions, it is
# the app's own.
SUPERUSER: Final = "SELECT rolname FROM pg_roles WHERE oid = 10"
COUNTS: Final = (
    "SELECT format('SELECT count(*) FROM ONLY %I.%I', schemaname, tablename) "
    "FROM pg_catalog.pg_tables "
    "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)
DROP: Final = 'DROP DATABASE IF EXISTS "{}" WITH (FORCE)'
# Sent as one, they are one transaction: both names change, or neither.
SWITCH: Final = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = '{name}'; "
    'ALTER DATABASE "{name}" RENAME TO "{old}"; '
    'ALTER DATABASE "{new}" RENAME TO "{name}"'
)
DATABASES: Final = "SELECT datname FROM pg_database"
# Only where a restore was killed, or the machine stopped.
LEFT: Final = (
    "A restore broke off when its database was in place already, and the one of before is "
    f"still here as {OLD}. To have that back, keep it in a file, and restore that: `(umask "
    f"077; test ! -e {OLD}.dump && docker compose --env-file .env.stack exec -T db pg_dump "
    f"-U {{superuser}} -Fc {OLD} > {OLD}.part.dump && mv {OLD}.part.dump {OLD}.dump)`. Then, "
    "or if what is in place is right, drop it: `docker compose "
    f"--env-file .env.stack exec db dropdb -U {{superuser}} {OLD}`. Nothing was changed."
)
TABLE: Final = re.compile(
    r"^\d+; \d+ \d+ TABLE (?!DATA |ATTACH )\S+ (\S+)", re.MULTILINE
)
OWNER: Final = re.compile(r"^\d+; \d+ \d+ .* (\S+)$", re.MULTILINE)
# A role that a dump's objects belong to and this server does not have is there for as long
# as they are restored: an extension wants the superuser, rights want the role.
CREATE_OWNER: Final = (
    "CREATE ROLE {0}; COMMENT ON ROLE {0} IS 'django-strict: of a dump'"
)
HAND_OVER: Final = """DO $$ DECLARE former name; BEGIN
    FOR former IN SELECT rolname FROM pg_roles
        WHERE shobj_description(oid, 'pg_authid') = 'django-strict: of a dump'
    LOOP
        EXECUTE format('REASSIGN OWNED BY %I TO %I', former, (SELECT pg_get_userbyid(datdba)
            FROM pg_database WHERE datname = current_database()));
        EXECUTE format('DROP OWNED BY %I', former);
        EXECUTE format('DROP ROLE %I', former);
    END LOOP;
END $$"""
ROLES: Final = "SELECT rolname FROM pg_roles"
# What pg_restore says where a dump gives rights to somebody who is not here.
NO_ROLE: Final = re.compile(r'role ("[^"]+") does not exist')
# The app answers its health check with it all the same.
NEWER: Final = (
    "The dump was made by another release, and this one does not have its migrations {}: "
    "where they took a column away, requests fail. That release can restore it, too."
)
# What every database of Django's has, once it was migrated.
PROOF: Final = "django_migrations"
# Reads and unpacks the whole file: a list of contents stands at its beginning alone.
COUNT_ROWS: Final = r"""set -o pipefail; pg_restore --data-only --file=- | awk '
/^COPY .* FROM stdin;$/ { copy = 1; next } $0 == "\\." { copy = 0 } copy { rows++ }
END { print rows + 0 }'"""
MIGRATE: Final = """\
import sys
from django.conf import settings
from django.core.management import execute_from_command_line
settings.DATABASES["default"]["NAME"] = sys.argv[1]
execute_from_command_line(["manage.py", "migrate", "--noinput", "--verbosity=0"])
from django.db import connection
from django.db.migrations.loader import MigrationLoader
found = MigrationLoader(connection)
newer = found.applied_migrations.keys() - found.disk_migrations.keys()
print(*sorted(f"{app}.{name}" for app, name in newer if app in found.migrated_apps))
"""


@dataclass(frozen=True, slots=True)
class Server:
    """The stack's PostgreSQL, as its superuser reaches it inside the container.

    Attributes:
        compose: The running stack.
        superuser: The superuser's name.
    """

    compose: "Compose"
    superuser: str

    @classmethod
    def find(cls, compose: "Compose") -> Self:
        """Make sure that there is a server to talk to.

        Args:
            compose: The stack.

        Raises:
            StackError: If the stack has none, the app uses another one, it does not run, or
                knows the database by another name.

        Returns:
            The server.
        """
        services = json.loads(compose.pipe("config", "--format", "json"))["services"]
        if "db" not in services:
            message = "The database is not part of this stack; use its own tools."
            raise StackError(message)
        own = services["app"].get("environment") or {}
        url = urlsplit(own.get("DATABASE_DIRECT_URL") or own.get("DATABASE_URL") or "")
        # Empty where a file has it.
        if url.netloc and (url.hostname, url.path) != ("db", f"/{NAME}"):
            message = (
                f"The app uses the database {url.path[1:]} of {url.hostname}, and this "
                f"command knows {NAME} of db alone: another one. Use that server's own tools."
            )
            raise StackError(message)
        if not any(
            service.name == "db" and service.state == "running"
            for service in compose.services()
        ):
            message = "The database does not run; start it with `uv run poe stack`."
            raise StackError(message)
        if problem := compose.renamed():
            raise StackError(problem)
        return cls(compose, cls(compose, PROJECT.database.user).sql(SUPERUSER))

    def run(
        self,
        program: str,
        *arguments: str,
        source: IO[bytes] | None = None,
        target: IO[bytes] | None = None,
    ) -> str:
        """Run a program in the container.

        Args:
            program: The program.
            *arguments: Its arguments.
            source: What it reads.
            target: Where its output goes; by default it is returned.

        Returns:
            Its output.
        """
        call = ("exec", "-T", "db", program, *arguments)
        return self.compose.pipe(*call, source=source, target=target).decode()

    def sql(self, *statements: str, database: str = MAINTENANCE) -> str:
        """Run SQL.

        Args:
            *statements: Statements, a transaction each.
            database: Where to run them.

        Returns:
            What they return, a row a line.
        """
        return self.run(
            "psql",
            *("--no-psqlrc", "--quiet", "--tuples-only", "--no-align"),
            *("--set=ON_ERROR_STOP=1", f"--username={self.superuser}"),
            f"--dbname={database}",
            *(f"--command={statement}" for statement in statements),
        ).strip()

    def counts(self, database: str) -> tuple[int, int]:
        """Count what a database holds.

        Args:
            database: Its name.

        Returns:
            How many tables, and how many rows in them.
        """
        queries = self.sql(COUNTS, database=database).splitlines()
        rows = self.sql(" UNION ALL ".join(queries) or "SELECT 0", database=database)
        return len(queries), sum(map(int, rows.split()))

    def refuse_rows(self, *, replace: bool) -> None:
        """Make sure that nothing is deleted which nobody has given up.

        Args:
            replace: Whether somebody has.

        Raises:
            StackError: If the database that is used is not empty, and nobody has.
        """
        if self.counts(NAME)[0] and not replace:
            message = (
                "The database is not empty. Add --replace to delete everything in it; "
                "`uv run poe stack-backup` keeps a copy."
            )
            raise StackError(message)

    def verify(self, source: "Path") -> tuple[str, int]:
        """Read a dump to its end.

        Args:
            source: The file.

        Raises:
            StackError: If it is no whole dump.

        Returns:
            The list of what is in it, and how many rows it holds.
        """
        try:
            with source.open("rb") as file:
                contents = self.run("pg_restore", "--list", source=file)
            with source.open("rb") as file:
                rows = self.run("bash", "-c", COUNT_ROWS, source=file)
        except StackError as error:
            message = f"{source} is no whole dump; nothing was changed.\n{error}"
            raise StackError(message) from error
        return contents, int(rows)

    def fill(self, source: "Path") -> tuple[int, int]:
        """Make a new database from a dump, beside the one that is used.

        Whose a dump's objects are stays as it is, or is the app's role where this server
        does not have that role.

        Args:
            source: The file.

        Raises:
            StackError: If it is another program's or of an empty database, gives rights to
                a role that is not here, holds less than the dump, or cannot be migrated.

        Returns:
            How many tables and rows were restored.
        """
        contents, rows = self.verify(source)
        tables = TABLE.findall(contents)
        expected = (len(tables), rows)
        if PROOF not in tables:
            message = (
                f"{source} has {len(tables)} tables and no {PROOF}: it is no backup of this "
                "project, or one of an empty database. Nothing was changed."
            )
            raise StackError(message)
        owner = f'OWNER "{PROJECT.database.user}"'
        create = f'CREATE DATABASE "{NEW}" TEMPLATE template0 {owner}'
        self.sql(DROP.format(NEW), HAND_OVER, create)
        absent = set(OWNER.findall(contents)).difference(self.sql(ROLES).splitlines())
        quoted = ('"{}"'.format(it.replace('"', '""')) for it in sorted(absent))
        self.sql(*map(CREATE_OWNER.format, quoted))
        into = (f"--username={self.superuser}", f"--dbname={NEW}")
        how = ("--exit-on-error", "--single-transaction")
        try:
            with source.open("rb") as file:
                self.run("pg_restore", *how, *into, source=file)
        except StackError as error:
            if not (role := NO_ROLE.search(str(error))):
                raise
            message = (
                f"{source} names the role {role[1]}, which this server does not "
                "have. Nothing was changed. Make it, and restore again: `docker compose "
                f"--env-file .env.stack exec db psql -U {self.superuser} -c "
                f"'CREATE ROLE {role[1]}'`"
            )
            raise StackError(message) from error
        self.sql(HAND_OVER, database=NEW)
        found = self.counts(NEW)
        # Extensions bring rows of their own.
        if any(new < old for new, old in zip(found, expected, strict=True)):
            message = f"The dump holds {expected} tables and rows, its copy {found}."
            raise StackError(message)
        run = ("run", "--rm", "-T", "--no-deps", "--env=DATABASE_DIRECT=true")
        call = ("--entrypoint=python", "manage", "-c", MIGRATE, NEW)
        if newer := self.compose.pipe(*run, *call).decode().strip():
            print(NEWER.format(newer), file=sys.stderr)
        return expected

    def switch(self, *, old: str, new: str) -> bool:
        """Put a database in the place of the one that is used.

        Args:
            old: What the one that is used is called from then on.
            new: What the other one is called until then.

        Returns:
            Whether the app, if there is one, is healthy with it.
        """
        running = {it.name for it in self.compose.services()}
        users = [name for name in ("app", "worker") if name in running]
        if not users:  # stop without a name would stop the database, too
            self.sql(SWITCH.format(name=NAME, old=old, new=new))
            return True
        try:
            self.compose.pipe("stop", *users)
            self.sql(SWITCH.format(name=NAME, old=old, new=new))
        finally:
            with suppress(StackError):
                self.compose.pipe("start", *users)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            apps = [it for it in self.compose.services() if it.name == "app"]
            if apps and all(it.health == "healthy" for it in apps):
                return True
            time.sleep(0.5)
        return False


def dump(compose: "Compose", target: "Path | None") -> "Path":
    """Write the database to a file in PostgreSQL's custom format.

    Args:
        compose: The running stack.
        target: The file; by default a new one in ``backups/``, named after the time.

    Raises:
        StackError: If the database cannot be dumped, or the file exists.

    Returns:
        The file, readable by its owner alone; it was read back once, to its end.
    """
    server = Server.find(compose)
    if target is None:
        stamp = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%SZ")
        target = compose.folder / FOLDER / f"{PROJECT.slug}-{stamp}.dump"
    if target.exists():
        message = f"{target} exists already; name another file."
        raise StackError(message)
    target.parent.mkdir(parents=True, exist_ok=True)
    # A dump that breaks off never looks like a finished one, and no two write into one file.
    descriptor, name = mkstemp(".part", f"{target.name}.", target.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            login = f"--username={server.superuser}"
            server.run("pg_dump", "--format=custom", login, NAME, target=file)
            os.fsync(file.fileno())
        server.verify(part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def restore(compose: "Compose", source: "Path", *, replace: bool) -> tuple[int, int]:
    """Put what a file holds in the place of the database: all of it or nothing.

    It is restored and migrated beside the database that is used, and takes its place in
    one transaction: whenever this breaks off, one whole database has the name.

    Args:
        compose: The running stack; its app is restarted.
        source: A file that ``dump`` wrote.
        replace: Whether to delete what the database holds now.

    Raises:
        StackError: If the file is no whole dump, the database is not empty, a restore that
            broke off has left one, or the app does not become healthy with the new one.

    Returns:
        How many tables and rows were restored.
    """
    server = Server.find(compose)
    if not source.is_file():
        message = f"There is no file {source}."
        raise StackError(message)
    server.refuse_rows(replace=replace)
    if OLD in server.sql(DATABASES).split():
        raise StackError(LEFT.format(superuser=server.superuser))
    try:
        restored = server.fill(source)
        # Somebody may have started the app meanwhile, with Docker alone.
        server.refuse_rows(replace=replace)
        is_healthy = False
        try:
            is_healthy = server.switch(old=OLD, new=NEW)
        finally:
            # However this ends: who interrupts it may have named a wrong file.
            if not is_healthy and OLD in server.sql(DATABASES).split():
                print("Putting the database of before back ...", flush=True)
                server.switch(old=NEW, new=OLD)
        if not is_healthy:
            message = (
                "The app does not become healthy with the restored database, so the old "
                "one is back; `uv run poe stack-logs app` says more."
            )
            raise StackError(message)
        server.sql(DROP.format(OLD))
    finally:
        with suppress(StackError):
            server.sql(DROP.format(NEW), HAND_OVER)
    return restored
