"""Migrations that wait for each other."""

from typing import TYPE_CHECKING, Any, Final, override

from django.apps import apps
from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.models.signals import pre_migrate

from django_strict_asgi.pooler import PoolerError, keep_limit

if TYPE_CHECKING:
    from django.db.migrations import Migration

# Any number that nobody else takes; a lock is no query, so the ORM has no word for it.
NUMBER: Final = 7235419257681
LOCK: Final = f"SELECT pg_advisory_lock({NUMBER})"
UNLOCK: Final = f"SELECT pg_advisory_unlock({NUMBER})"
# Requests queue up behind a migration that waits for a lock of a long transaction.
PATIENCE: Final = "SET lock_timeout = '5s'"
LOCK_NOT_AVAILABLE: Final = "55P03"
BACKWARDS: Final = (
    "\n{} would be taken back, and what their tables and columns hold in the database {} of "
    "{} would go for good. There are rows; a backup keeps them.\nGo on? Type yes: "
)


class Command(migrate.Command):
    """Django's command, for one process at a time in a database.

    Attributes:
        asked: Whether somebody has let rows go; Django's signal comes once for each app.
    """

    asked = False

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
            self.asked = options["fake"]  # which touches no table
            pre_migrate.connect(self.ask_before_rows_go)
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
            pre_migrate.disconnect(self.ask_before_rows_go)
            database.ensure_connection()
            database.connection.execute(UNLOCK)

    def ask_before_rows_go(
        self,
        plan: "list[tuple[Migration, bool]]",
        using: str,
        *,
        interactive: bool,
        **kwargs: object,
    ) -> None:
        """Let nobody drop rows without a word, as ``flush`` does not either.

        Args:
            plan: Migrations, each with whether it is taken back.
            using: In which database.
            interactive: Whether somebody may be asked.
            **kwargs: The rest of the signal.

        Raises:
            CommandError: If that somebody does not say yes.
        """
        del kwargs
        back = [migration for migration, is_back in plan if is_back]
        labels = {migration.app_label for migration in back}
        if self.asked or not interactive or not _has_rows(labels, using):
            return
        where = connections[using].settings_dict
        names = ", ".join(map(str, back))
        try:
            answer = input(BACKWARDS.format(names, where["NAME"], where["HOST"]))
        except EOFError:
            answer = ""
        if answer.strip().lower() != "yes":
            message = (
                "Nothing was changed. Where nobody can be asked, --noinput says yes."
            )
            raise CommandError(message)
        self.asked = True


def _has_rows(labels: set[str], using: str) -> bool:
    """Tell whether a table of apps holds anything."""
    there = connections[using].introspection.table_names()
    return any(
        model._base_manager.using(using).exists()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in labels and model._meta.db_table in there
    )
