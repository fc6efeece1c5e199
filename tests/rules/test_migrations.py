"""Break DS018: new migrations that would stop a site, told from those that would not."""

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.repository import git
from tests.rules.breaks import Edited, new, proofs
from tests.rules.test_tools import gate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.project import Project
    from tests.rules.breaks import Break

FOLDER: Final = "apps/users/migrations"
MIGRATION: Final = '''"""A change."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """A change."""

    ATOMIC
    dependencies = (("users", "0003_email"),)
    operations = [
        OPERATION
    ]
'''


def migration(shape: str, operation: str, *, atomic: bool = True) -> "Break":
    """Write a migration of one operation.

    Args:
        shape: What is particular about it.
        operation: The operation.
        atomic: Whether it runs in a transaction.

    Returns:
        The edit.
    """
    text = MIGRATION.replace("OPERATION", operation).replace(
        "ATOMIC", f"atomic = {atomic}"
    )
    path = f"{FOLDER}/0004_{shape.replace(' ', '_')}.py"
    return new("DS018", shape, path, text)


FIELD: Final = 'migrations.AddField("user", "nickname", '
INDEX: Final = 'models.Index(fields=["full_name"], name="users_user_name")'
BREAKS: Final = [
    migration(
        "ban drop column",
        'migrations.RemoveField("user", "full_name"),',
    ),
    migration(
        "renaming column",
        'migrations.RenameField("user", "full_name", "name"),',
    ),
    migration(
        "ban drop table",
        'migrations.DeleteModel("session"),',
    ),
    # Django takes the default away again: rows of the old code have none.
    migration(
        "ban drop default",
        FIELD + 'models.CharField(max_length=9, default="")),',
    ),
    migration(
        "changing column type",
        'migrations.AlterField("user", "full_name", models.TextField()),',
    ),
    migration(
        "require concurrent index creation",
        f'migrations.AddIndex("user", {INDEX}),',
    ),
    migration(
        "constraint missing not valid",
        'migrations.AddConstraint("user", models.CheckConstraint('
        'condition=models.Q(pk__gt=0), name="users_user_positive")),',
    ),
]
GOOD: Final = [
    migration("a field that may be null", FIELD + "models.TextField(null=True)),"),
    migration(
        "a field with a default of the database",
        FIELD + 'models.TextField(db_default="")),',
    ),
    migration(
        "a new table",
        'migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), '
        '("text", models.CharField(max_length=9, unique=True)), ("user", '
        'models.ForeignKey("users.user", models.CASCADE))]),',
    ),
    migration(
        "an index built concurrently",
        f'AddIndexConcurrently("user", {INDEX}),',
        atomic=False,
    ),
    migration(
        "a foreign key that may be null",
        'migrations.AddField("user", "boss", models.ForeignKey("users.user", '
        "models.CASCADE, null=True, db_index=False)),",
    ),
    migration("code", "migrations.RunPython(migrations.RunPython.noop),"),
]
WAIVER: Final = "# waive DS018 until 2027-06-30: the table has ten rows"


NOTE: Final = (
    'migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), '
    '("text", models.CharField(max_length=9))]),'
)
# Each shapes a table that no commit has.
SHAPING: Final = {
    "a required field": 'AddField("Note", "size", models.IntegerField(default=0))',
    "another name": 'RenameField("Note", "text", "title")',
    "an index": 'AddIndex("Note", models.Index(fields=["title"], name="note_title"))',
    "no index": 'RemoveIndex("Note", "note_title")',
    "another type": 'AlterField("Note", "title", models.TextField())',
    "a constraint": 'AddConstraint("Note", models.UniqueConstraint(fields=["title"], '
    'name="note_title_unique"))',
    "a table's name": 'RenameModel("Note", "Memo")',
    "a field less": 'RemoveField("Memo", "size")',
    "a table less": 'DeleteModel("Memo")',
}
# The same about tables that are released.
RELEASED: Final = 'migrations.RenameField("user", "full_name", "name"),'


@pytest.fixture(scope="module")
def output(runnable: "Project") -> str:
    """Judge all of them at once: none depends on another.

    Args:
        runnable: A project.

    Returns:
        What the gate printed.
    """
    with ExitStack() as edits:
        for change in (*BREAKS, *GOOD):
            edits.enter_context(Edited(runnable.folder, change))
        return gate(runnable, "house rules")


@pytest.mark.parametrize("change", proofs(BREAKS))
def test_a_migration_that_stops_a_site_is_found(change: "Break", output: str) -> None:
    """The finding names the operation's line and squawk's rule."""
    line = 1 + MIGRATION.splitlines().index("        OPERATION")
    rule = change.shape.replace(" ", "-")
    assert f"{change.path}:{line}:1 DS018 {rule}: " in output, output


@pytest.mark.parametrize("change", GOOD, ids=str)
def test_a_migration_that_stops_nothing_is_green(change: "Break", output: str) -> None:
    """What old code does not notice, and what locks no table for long."""
    assert f"{change.path}:" not in output


def test_a_migration_is_judged_while_it_is_new(runnable: "Project") -> None:
    """A waiver excepts its operation, and stays as history once it is committed."""
    change = migration(
        "waived", f'migrations.RemoveField("user", "full_name"),  {WAIVER}'
    )
    with Edited(runnable.folder, change):
        assert "ok    house rules" in gate(runnable, "house rules")
        git(runnable.folder, "add", change.path)
        git(runnable.folder, "commit", "--quiet", "--message=Change")
        try:
            assert "ok    house rules" in gate(runnable, "house rules")
        finally:
            git(runnable.folder, "reset", "--quiet", "--soft", "HEAD^")
            git(runnable.folder, "reset", "--quiet", change.path)


def test_a_table_that_no_commit_has_may_change(runnable: "Project") -> None:
    """In whatever order the files stand; the tables of commits may not."""
    operations = [NOTE, *(f"migrations.{one}," for one in SHAPING.values()), RELEASED]
    before, names = "0003_email", [f"{number:04}_x" for number in range(12, 1, -1)]
    with ExitStack() as edits:
        for name, operation in zip(names, operations, strict=True):
            change = migration("shape", operation)
            text = str(change.new).replace("0003_email", before)
            path = f"{FOLDER}/{name}.py"
            edits.enter_context(
                Edited(runnable.folder, new("DS018", "shape", path, text))
            )
            before = name
        found = gate(runnable, "house rules")
    blamed = {*re.findall(r"(\S+):\d+:1 DS018", found)}
    assert blamed == {f"{FOLDER}/{names[-1]}.py"}, found


def test_another_choice_needs_no_edit_of_its_migration(
    runnable: "Project", tmp_path: "Path"
) -> None:
    """The rows are compared by a migration of its own, which PostgreSQL takes."""
    project = runnable.copy(tmp_path / "copy")
    fields = "--fields=state:choice(open,done)"
    project.run("uv", "run", "poe", "startapp", "orders", fields)
    project.commit()
    models = project.folder / "apps/orders/models.py"
    choice = '    OPEN = "open"\n'
    text = models.read_text()
    assert choice in text
    models.write_text(text.replace(choice, f'{choice}    PAID = "paid"\n'))
    project.run("uv", "run", "poe", "manage", "makemigrations")
    assert "ok    house rules" in gate(project, "house rules")
    assert "ok    migrations" in gate(project, "migrations")
    assert "ok    format" in gate(project, "format")
    assert (project.folder / "apps/orders/migrations/0003_validate.py").exists()
    project.run("uv", "run", "poe", "manage", "migrate")
