"""Two starts at once migrate one after the other."""

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import AutoField

from django_strict_asgi.management.commands.migrate import Command

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def empty(transactional_db: None) -> "Iterator[str]":
    """Make an empty database and return its address."""
    del transactional_db
    known = connection.settings_dict
    name = f"{known['NAME']}_empty"
    server = f"{known['HOST']}:{known['PORT']}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
        yield f"postgresql://{known['USER']}:{known['PASSWORD']}@{server}/{name}"
        # Not by force: an autovacuum that is there, PostgreSQL ends itself, and we may not.
        end = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        )
        cursor.execute(f"{end} AND usename = current_user", [name])
        cursor.execute(f'DROP DATABASE "{name}"')


def migrate(address: str, *target: str) -> subprocess.Popen[str]:
    """Start a process that migrates a database."""
    return subprocess.Popen(
        [sys.executable, settings.BASE_DIR / "manage.py", "migrate", *target],
        env=os.environ | {"DATABASE_URL": address},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_processes_migrate_one_after_the_other(empty: str) -> None:
    """Both end well: the one that waited finds nothing left to do."""
    migrations = [migrate(empty), migrate(empty)]
    said = [each.communicate(timeout=60)[0] for each in migrations]
    assert [each.returncode for each in migrations] == [0, 0], said
    assert sum("No migrations to apply." in each for each in said) == 1


@pytest.mark.django_db
def test_the_lock_ends_with_the_command() -> None:
    """Not with its connection, which a server may keep."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone() == (0,)


def test_a_database_that_cannot_be_used_is_a_sentence(empty: str) -> None:
    """It stands at the end of the log, where somebody sees it."""
    password = connection.settings_dict["PASSWORD"]
    process = migrate(empty.replace(password, "another"))
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "CommandError: PostgreSQL cannot be used: " in said
    assert "password authentication failed" in said
    assert "Traceback" not in said


def test_a_table_in_use_ends_the_command_with_a_sentence(empty: str) -> None:
    """No request queues up behind it for longer than five seconds."""
    assert "users.0002" in migrate(empty, "users", "0002").communicate(timeout=60)[0]
    with psycopg.connect(empty) as other:
        other.execute("SELECT count(*) FROM users_user")
        process = migrate(empty)
        said = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "CommandError: A table is locked" in said
    assert "Traceback" not in said


def test_rows_go_with_a_migration_after_a_yes_alone(empty: str) -> None:
    """Django drops their tables without a question, in production too."""
    migrate(empty).communicate(timeout=60)
    insert = (
        "INSERT INTO users_user (email, full_name, password, is_superuser, is_staff, "
        "is_active, date_joined) VALUES ('a@example.com', '', '', false, false, true, now())"
    )
    with psycopg.connect(empty, autocommit=True) as database:
        database.execute(insert)
        for answer in ("", "no\n"):
            process = migrate(empty, "users", "zero")
            said = process.communicate(answer, timeout=60)[0]
            assert process.returncode == 1
            assert "users.0001_initial would be taken back" in said
            assert "CommandError: Nothing was changed." in said
            found = database.execute("SELECT count(*) FROM users_user").fetchone()
            assert found == (1,)
        process = migrate(empty, "users", "0003", "--fake")
        assert "Type yes" not in process.communicate(timeout=60)[0]
        migrate(empty, "users", "0004", "--fake").communicate(timeout=60)
        said = migrate(empty, "users", "zero").communicate("yes\n", timeout=60)[0]
        assert said.count("Type yes") == 1
        assert database.execute("SELECT to_regclass('users_user')").fetchone() == (
            None,
        )


@pytest.mark.django_db
def test_rows_of_a_model_that_the_code_has_no_more_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model is renamed first, and its migration taken back to be written anew."""
    monkeypatch.setattr("builtins.input", lambda _: "no")
    state = ProjectState()
    key = AutoField(primary_key=True)
    state.add_model(ModelState("orders", "Former", [("id", key)]))
    former = state.apps.get_model("orders", "Former")
    with connection.schema_editor() as editor:
        editor.create_model(former)
    back = [(Migration("0001_initial", "orders"), True)]
    command = Command()
    command._asked = False
    asked = {"plan": back, "using": "default", "interactive": True, "apps": state.apps}
    command._ask(**asked)
    former.objects.create()
    command._asked = False
    with pytest.raises(CommandError, match="Nothing was changed"):
        command._ask(**asked)
