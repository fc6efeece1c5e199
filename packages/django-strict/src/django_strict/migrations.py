"""New migrations as SQL, judged by squawk: what would stop a site that is running."""

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import django
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from psycopg import sql

from django_strict.openapi import history

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Squawk's rules about taste, and about waiting for locks, which `manage migrate` bounds.
EXCLUDED: Final = (
    "ban-char-field",
    "ban-drop-constraint",
    "ban-drop-not-null",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-timestamp-tz",
    "require-lock-timeout",
    "require-statement-timeout",
    "transaction-nesting",
)
SQUAWK: Final = (
    str(Path(sysconfig.get_path("scripts")) / "squawk"),
    "--pg-version=16",
    "--reporter=json",
    "--stdin-filepath=migration.sql",
    f"--exclude={','.join(EXCLUDED)}",
)
# What a statement is about, and what it makes of that.
ABOUT: Final = re.compile(
    r'(?:(?:ALTER|DROP) TABLE|CREATE (?:UNIQUE )?INDEX .* ON|DROP INDEX .*EXISTS) "(\w+)"'
)
MADE: Final = re.compile(
    r'(?:ALTER TABLE .* RENAME TO|CREATE (?:UNIQUE )?INDEX(?: CONCURRENTLY)?) "(\w+)"'
)
NEW_TABLE: Final = re.compile(r'CREATE TABLE "(\w+)"')
NEW_COLUMN: Final = re.compile(r'ALTER TABLE "\w+" ADD COLUMN (?!.* DEFAULT )')
UNVALIDATED: Final = "constraint-missing-not-valid"
VALIDATION: Final = """from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("{app}", "{name}")]

    operations = [{operations}]
"""
FILES: Final = "apps/*/migrations/[0-9]*.py"


class Blocked(NamedTuple):
    """What an operation of a migration would do to a running site.

    Attributes:
        path: The migration, relative to the project.
        line: Line of the operation, from 1 on.
        message: What squawk says, its rule first.
    """

    path: str
    line: int
    message: str


def new(root: Path) -> list[str]:
    """List the migrations that are not in the commit which others have.

    Args:
        root: The project.

    Returns:
        Their paths, relative to the project; none where there is no such commit, which
        the step about changes of the API complains about.
    """
    files = [path.relative_to(root).as_posix() for path in root.glob(FILES)]
    try:
        commit = history.merge_base(history.choose_base(None), root)
        names = commit and history.git(
            root, "ls-tree", "-r", "--name-only", "-z", commit, "--", "apps"
        )
    except (history.NoHistoryError, history.GitError, history.UnknownBaseError):
        return []
    if names is None:
        return []
    return sorted({*files} - {*os.fsdecode(names).split("\0")})


def unmigrated(loader: MigrationLoader | None = None) -> list[str]:
    """List the apps whose models tell of other tables than their migrations.

    Args:
        loader: The migrations; by default those of the files.

    Returns:
        Their labels.
    """
    loader = loader or MigrationLoader(None)
    models = ProjectState.from_apps(apps)
    detector = MigrationAutodetector(loader.project_state(), models)
    return sorted(detector.changes(graph=loader.graph))


def judge(root: Path) -> list[Blocked]:
    """Judge the project's new migrations.

    Args:
        root: The project.

    Returns:
        What was found; a project that cannot be loaded is a finding, too.
    """
    paths = new(root)
    if not paths:
        return []
    command = (sys.executable, "-m", "django_strict.migrations", *paths)
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        cause = done.stderr.strip().rpartition("\n")[2]
        return [Blocked(paths[0], 1, f"its SQL cannot be written: {cause}")]
    return [Blocked(*entry) for entry in json.loads(done.stdout)]


def validate_later(root: Path, path: str) -> None:
    """Let a migration of its own compare the rows with a condition that is added.

    A changed choice, say, is a changed condition. To add that, PostgreSQL locks the table
    and reads it whole; to validate what stands there, it lets others write.

    Args:
        root: The project.
        path: A new migration, relative to that. If it adds a condition to a table that has
            rows, it is changed, and the next one is written.
    """
    blocked = {
        found.line
        for found in judge(root)
        if found.path == path and found.message.startswith(UNVALIDATED)
    }
    file = root / path
    lines = file.read_text("utf-8").splitlines(keepends=True)
    validations = []
    for call in ast.walk(ast.parse("".join(lines))):
        if not isinstance(call, ast.Call) or call.lineno not in blocked:
            continue
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        condition = given.get("constraint")
        if not isinstance(condition, ast.Call) or "Check" not in ast.dump(
            condition.func
        ):
            continue
        name = next(it.value for it in condition.keywords if it.arg == "name")
        arguments = f"{ast.unparse(given['model_name'])}, {ast.unparse(name)}"
        validations.append(f"ValidateConstraint({arguments})")
        line = lines[call.lineno - 1]
        lines[call.lineno - 1] = line.replace("migrations.Add", "postgres.Add").replace(
            "Constraint(", "ConstraintNotValid("
        )
    if not validations:
        return
    lines.insert(0, "from django.contrib.postgres import operations as postgres\n")
    file.write_text("".join(lines), "utf-8")
    following = file.with_name(f"{int(file.name[:4]) + 1:04}_validate.py")
    following.write_text(
        VALIDATION.format(
            app=file.parts[-3], name=file.stem, operations=", ".join(validations)
        ),
        "utf-8",
    )
    print(
        f"{following.relative_to(root)}: compares the rows, so that nobody has to wait."
    )


def main() -> None:
    """Print what squawk finds in the migrations that the command line names, as JSON."""
    environment = import_module("django_strict.gate_steps").local()
    os.environ.update(environment, DJANGO_SETTINGS_MODULE="config.settings")
    django.setup()
    made: set[str] = set()
    paths = sorted(sys.argv[1:], key=_order().index)
    found = [blocked for path in paths for blocked in _judge(path, made)]
    print(json.dumps(found))


def _order() -> list[str]:
    """List the project's migrations, each behind those that it needs."""
    graph = import_module("django.db.migrations.loader").MigrationLoader(None).graph
    nodes = [node for leaf in graph.leaf_nodes() for node in graph.forwards_plan(leaf)]
    return [f"apps/{label}/migrations/{name}.py" for label, name in nodes]


def _judge(path: str, made: set[str]) -> "Iterable[Blocked]":
    """Judge one migration; what new ones made has no rows yet, and no old code."""
    lines = _operation_lines(Path(path).read_text("utf-8"))
    is_atomic, statements = _statements(Path(path).parts[1], Path(path).stem)
    lines_of_sql = [line for _, text in statements for line in text.splitlines()]
    owners = [index for index, text in statements for _ in text.splitlines()]
    is_new = [_is_about_new(line, made) for line in lines_of_sql]
    done = subprocess.run(
        (*SQUAWK, *(("--assume-in-transaction",) if is_atomic else ())),
        input="\n".join(lines_of_sql),
        capture_output=True,
        text=True,
        check=False,
    )
    for entry in json.loads(done.stdout or "[]"):
        # PostgreSQL does not look for rows of a column that is new and empty.
        is_new_column = NEW_COLUMN.match(lines_of_sql[entry["line"]])
        if is_new_column and entry["rule_name"] == "adding-foreign-key-constraint":
            continue
        if is_new[entry["line"]]:
            continue
        line = lines[owners[entry["line"]]]
        message = f"{entry['rule_name']}: {entry['message']} SQL: {lines_of_sql[entry['line']]}"
        yield Blocked(path, line, message)


def _is_about_new(statement: str, made: set[str]) -> bool:
    """Say whether a statement is about what new migrations made, and note what it makes."""
    if table := NEW_TABLE.match(statement):
        made.add(table[1])
        return False
    about = ABOUT.match(statement)
    if about is None or about[1] not in made:
        return False
    if name := MADE.match(statement):
        made.add(name[1])
    return True


def _operation_lines(source: str) -> list[int]:
    """Find the line on which each operation of a migration begins."""
    for node in ast.walk(ast.parse(source)):
        targets = [getattr(target, "id", "") for target in getattr(node, "targets", [])]
        if targets == ["operations"] and isinstance(value := node.value, ast.List):  # type: ignore[attr-defined]
            return [operation.lineno for operation in value.elts]
    return []


def _compose(statement: str, parameters: "Sequence[object] | None") -> str:
    """Put values into a statement, which psycopg would do with a connection."""
    if parameters is None:
        return statement
    return statement % tuple(sql.quote(parameter) for parameter in parameters)


def _statements(label: str, name: str) -> tuple[bool, list[tuple[int, str]]]:
    """Write a migration as SQL without asking a database.

    Args:
        label: Of the app.
        name: Of the migration.

    Returns:
        Whether they run in a transaction, and the statements, each with the number of its
        operation. Python operations have none, and constraints that only a database could
        name are not dropped.
    """
    loader_module = import_module("django.db.migrations.loader")
    connection: Any = import_module("django.db").connection
    connection.cursor = nullcontext
    connection.introspection.get_constraints = lambda *_: {}
    connection.ops.compose_sql = _compose
    loader = loader_module.MigrationLoader(None)
    migration = loader.disk_migrations[label, name]
    state = loader.project_state((label, name), at_end=False)
    found = []
    for index, operation in enumerate(migration.operations):
        before = state.clone()
        operation.state_forwards(label, state)
        if not operation.reduces_to_sql:
            continue
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            operation.database_forwards(label, editor, before, state)
        found += [(index, text) for text in editor.collected_sql if text]
    return migration.atomic, found


if __name__ == "__main__":
    main()
