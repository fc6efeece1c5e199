"""Migrations that wait for each other."""

from typing import Any, Final

from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

# Any number that nobody else takes; a lock is no query, so the ORM has no word for it.
NUMBER: Final = 7235419257681
LOCK: Final = f"SELECT pg_advisory_lock({NUMBER})"
UNLOCK: Final = f"SELECT pg_advisory_unlock({NUMBER})"


class Command(migrate.Command):
    """Django's command, for one process at a time in a database."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, after whoever else does.

        Args:
            *args: Django's.
            **options: Django's.

        Raises:
            CommandError: If the database cannot be reached.
        """
        database = connections[options["database"]]
        try:
            database.ensure_connection()
        except OperationalError as error:
            message = f"PostgreSQL cannot be used: {error}"
            raise CommandError(message) from error
        database.connection.execute(LOCK)
        try:
            super().handle(*args, **options)
        finally:
            database.ensure_connection()
            database.connection.execute(UNLOCK)
