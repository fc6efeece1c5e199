"""Write the first migration of a new app, from its models and without a database."""

import sys
from pathlib import Path

import django
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter


def write(app: str) -> None:
    """Write it; what other apps lack is theirs to write.

    Args:
        app: Label of the app.
    """
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(
        loader.project_state(),
        ProjectState.from_apps(apps),
        NonInteractiveMigrationQuestioner(specified_apps={app}),
    )
    changes = detector.changes(
        graph=loader.graph, trim_to_apps={app}, convert_apps={app}
    )
    for migration in changes[app]:
        writer = MigrationWriter(migration, include_header=False)
        Path(writer.path).write_text(writer.as_string(), "utf-8")


if __name__ == "__main__":
    django.setup()
    write(sys.argv[1])
