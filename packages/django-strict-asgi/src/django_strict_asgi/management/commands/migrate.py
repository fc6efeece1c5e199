"""Migrations that wait for each other."""

from typing import TYPE_CHECKING, Any, Final, override

from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.models.signals import pre_migrate

from django_strict_asgi.pooler import PoolerError, keep_limit

if TYPE_CHECKING:
    from django.db.migrations.state import StateApps

# Any number that nobody else takes; a lock is no query, so the ORM has no word for it.
NUMBER: Final = 7235419257681
LOCK: Final = f"SELECT pg_advisory_lock({NUMBER})"
UNLOCK: Final = f"SELECT pg_advisory_unlock({NUMBER})"
# Requests queue up behind a migration that waits for a lock of a long transaction.
PATIENCE: Final = "SET lock_timeout = '5s'"
LOCK_NOT_AVAILABLE: Final = "55P03"
BACKWARDS: Final = (
    "\n{} would be taken back, and rows of {NAME} on {HOST} go.\nType yes: "
)


class Command(migrate.Command):
    """Django's command, for one process at a time in a database."""

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, after whoever else does.

        Args:
            *args: Django's.
            **options: Django's.

        Raises:
            CommandError: If the database or its pooler cannot be used, or a table is in
                use.
            OperationalError: If it fails otherwise.
        """
        database = connections[options["database"]]
        try:
            database.ensure_connection()
        except OperationalError as error:
            message = f"PostgreSQL cannot be used: {error}"
            raise CommandError(message) from error
        database.connection.execute(LOCK)
        database.connection.execute(PATIENCE)
        try:
            if pooler := database.settings_dict["POOLER"]:
                self.stdout.write(keep_limit(database.connection, **pooler), ending="")
            self._asked = options["fake"]
            pre_migrate.connect(self._ask)
            super().handle(*args, **options)
        except PoolerError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            message = (
                "A table is locked by a transaction that takes longer than five seconds. "
                "What was migrated before stays; run the command again, or end that "
                "transaction: SELECT * FROM pg_stat_activity."
            )
            raise CommandError(message) from error
        finally:
            pre_migrate.disconnect(self._ask)
            database.ensure_connection()
            database.connection.execute(UNLOCK)

    def _ask(
        self,
        plan: list[Any],
        using: str,
        *,
        interactive: bool,
        apps: "StateApps",
        **kwargs: object,
    ) -> None:
        """Let nobody drop rows without a word; the signal comes once for each app.

        What the tables hold now is not what the code has: a model may be gone from there.
        """
        del kwargs
        back = [migration for migration, is_back in plan if is_back]
        if self._asked or not interactive or not back:
            return
        self._asked = True
        labels, database = {it.app_label for it in back}, connections[using]
        tables = database.introspection.table_names()
        if not any(
            it._base_manager.using(using).exists()
            for it in apps.get_models()
            if it._meta.app_label in labels and it._meta.db_table in tables
        ):
            return
        names = ", ".join(map(str, back))
        try:
            answer = input(BACKWARDS.format(names, **database.settings_dict))
        except (EOFError, OSError):
            answer = ""
        if answer != "yes":
            message = "Nothing was changed. --noinput says yes."
            raise CommandError(message)
