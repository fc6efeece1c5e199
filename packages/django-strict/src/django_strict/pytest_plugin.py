"""What tests of a project need before Django reads the settings, for every runner.

pytest loads this module wherever the package is installed; without a project around it
does nothing.
"""

import os
import re
import secrets
import tempfile

# pydoclint takes a quoted Iterator for a plain return value.
from collections.abc import Iterator  # noqa: TC003
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from django_strict.project import find, is_project
from django_strict.servers import ServersError, prepare, try_lock

# Whatever .env says. DATABASE_URL and REDIS_URL stay those of the caller, a CI service's
# for instance.
VARIABLES: Final = {
    "DJANGO_ENVIRONMENT": "local",
    "DJANGO_DEBUG": "false",
    "DJANGO_LOG_LEVEL": "INFO",
    "DJANGO_LOG_FORMAT": "json",
    "DJANGO_NUM_PROXIES": "0",
}
# Where nothing listens, for a run that leaves out whatever needs a server.
NO_SERVERS: Final = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
INTEGRATION: Final = "integration"
# Names of markers joined by "and": of anything else, servers may be needed.
CONJUNCTION: Final = re.compile(r"(not )?\w+( and (not )?\w+)*")
# What pytest-django prepares the database for; other fixtures lead to one of them.
DATABASE_FIXTURES: Final = frozenset(
    {
        *("db", "transactional_db", "live_server"),
        *("django_db_reset_sequences", "django_db_serialized_rollback"),
    }
)
DISABLE_TRUNCATE_TRIGGERS: Final = """
DO $$ DECLARE it record; BEGIN
    FOR it IN SELECT tgrelid::regclass AS place, tgname FROM pg_trigger
        WHERE NOT tgisinternal AND tgtype & 32 > 0
    LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', it.place, it.tgname);
    END LOOP;
END $$"""
# What one missing migration, and a server that is gone, would say once for each test.
UNMIGRATED: Final = (
    "A model of {} has no migration, and so no table or column: uv run poe manage "
    "makemigrations"
)
UNREACHABLE: Final = (
    "No test can use the PostgreSQL that DATABASE_URL names: {}. Without servers: uv run "
    "poe test -m 'not integration'"
)
# The words with which pytest-cov ends; they are not ours to read.
COVERAGE_WORDS: Final = "Required test coverage"
# Of a server that is not ours; ours has 64.
REDIS_DATABASES: Final = 16
# Keys of Django's cache, without a prefix.
LEFT_BY_TESTS: Final = re.compile(r":\d+:")


@pytest.hookimpl(hookwrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Iterator[None]:
    """Set variables before pytest-django reads the settings, and change names after.

    Args:
        early_config: pytest's configuration.

    Yields:
        Nothing.
    """
    root = find(early_config.rootpath)
    options = early_config.known_args_namespace
    ours = frozenset[str]()
    if is_project(root):
        needs_servers = not leaves_out_integration(options.markexpr)
        ours = _prepare(root, needs_servers=needs_servers)
    yield
    if is_project(root) and not getattr(options, "reuse_db", False):
        _move_database(drop_others="DATABASE_URL" in ours)
    if is_project(root):
        signals = import_module("django.db.models.signals")
        signals.post_migrate.connect(_allow_emptying)


def _allow_emptying(using: str, **kwargs: object) -> None:
    """Let Django empty the tables of a test database, whatever production refuses.

    Args:
        using: Which database was migrated.
        **kwargs: The rest of the signal.
    """
    del kwargs
    with import_module("django.db").connections[using].cursor() as cursor:
        cursor.execute(DISABLE_TRUNCATE_TRIGGERS)


def leaves_out_integration(markers: str) -> bool:
    """Tell whether a run surely holds no test that is marked ``integration``.

    Args:
        markers: The option ``-m``.

    Returns:
        True for ``not integration``, also beside others.
    """
    words = " ".join(markers.split())
    return bool(
        CONJUNCTION.fullmatch(words) and f"not {INTEGRATION}" in words.split(" and ")
    )


def _prepare(root: Path, *, needs_servers: bool) -> frozenset[str]:
    """Set the variables of all tests; tell which name development servers."""
    os.environ.update(VARIABLES)
    os.environ.setdefault("DJANGO_SECRET_KEY", secrets.token_urlsafe(64))
    if not needs_servers:
        os.environ.update(NO_SERVERS)
        return frozenset()
    try:
        ours = prepare(root)
    except ServersError as error:
        raise pytest.UsageError(str(error)) from error
    _move_redis(is_ours="REDIS_URL" in ours)
    return ours


def _move_redis(*, is_ours: bool) -> None:
    """Use two Redis databases that no other run, on this machine, uses meanwhile.

    Args:
        is_ours: Whether the server is the project's development server.
    """
    env, _ = import_module("config.env").read()
    cache, session = (
        env.redis_url.get_secret_value(),
        env.session_url.get_secret_value(),
    )
    # What a developer would miss; of a run's workers, what the run itself uses.
    used = {_number(cache), _number(session)}
    count = 64 if is_ours or max(used) > REDIS_DATABASES else REDIS_DATABASES
    server = re.sub(r"\W", "-", urlsplit(cache).netloc.rpartition("@")[2])
    for number in range(count - 2, 0, -2):
        if used & {number, number + 1}:
            continue
        name = f"django-strict-tests-{os.geteuid()}-{server}-{number}"
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        # Closed, and so unlocked, when this process ends, however it ends.
        lock = os.open(Path(tempfile.gettempdir()) / name, flags, 0o600)
        urls = _with_number(cache, number), _with_number(session, number + 1)
        if try_lock(lock) and (is_ours or all(map(_may_be_emptied, urls))):
            os.environ["REDIS_URL"], os.environ["REDIS_SESSION_URL"] = urls
            return
        os.close(lock)
    message = (
        f"Tests empty the Redis databases they use, and all of {server} hold data of others "
        "or are used by other runs. Let REDIS_URL name another server, or none."
    )
    raise pytest.UsageError(message)


def _may_be_emptied(url: str) -> bool:
    """Tell whether a database of somebody's server holds nothing but what tests leave."""
    redis = import_module("redis")
    how = {"decode_responses": True, "encoding_errors": "replace"}
    try:
        with redis.Redis.from_url(url, **how) as client:
            return all(map(LEFT_BY_TESTS.match, client.scan_iter(count=1000)))
    except redis.ResponseError:  # there is none of this number
        return False
    except (redis.RedisError, ValueError):  # tests say so themselves
        return True


def _number(url: str) -> int:
    """Find the number of the database that a Redis URL names."""
    path = urlsplit(url).path.strip("/")
    return int(path) if path.isdecimal() else 0


def _with_number(url: str, number: int) -> str:
    """Name another database of the same Redis server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


def _move_database(*, drop_others: bool) -> None:
    """Give the test database the number of this run in its name.

    Args:
        drop_others: Whether to drop what killed runs left on the server.
    """
    database = import_module("django.conf").settings.DATABASES["default"]
    test = database.setdefault("TEST", {})
    if test.get("NAME"):
        return
    prefix = f"test_{database['NAME']}_"
    # The workers of pytest-xdist are children of the run; pytest-django adds their names.
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    test["NAME"] = f"{prefix}{os.getppid() if is_worker else os.getpid()}"
    if drop_others and not is_worker:
        _drop_leftovers(prefix)


def _drop_leftovers(prefix: str) -> None:
    """Drop test databases of runs that have ended.

    Args:
        prefix: How their names begin.
    """
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        names = connection.execute("SELECT datname FROM pg_database").fetchall()
        for (name,) in names:
            number = re.fullmatch(rf"{re.escape(prefix)}(\d+)(_gw\d+)?", name)
            if number and not _is_alive(int(number[1])):
                # Somebody may look at it just now.
                with suppress(psycopg.Error):
                    connection.execute(
                        sql.SQL("DROP DATABASE {}").format(sql.Identifier(name))
                    )


def _is_alive(process: int) -> bool:
    """Tell whether a process still runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# First, so that pytest-socket finds its option set when its own turn comes.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: "pytest.Config") -> None:
    """Show the fixtures, make warnings errors, and keep every connection on this machine.

    The Redis that the environment names may be elsewhere; PostgreSQL's driver opens no
    Python socket. Of what somebody chose not to run, no coverage is asked for.

    Args:
        config: pytest's configuration.
    """
    if not is_project(find(config.rootpath)):
        return
    config.pluginmanager.register(import_module("django_strict.fixtures"))
    config.addinivalue_line("filterwarnings", "error")
    caches = import_module("django.conf").settings.CACHES.values()
    servers = {urlsplit(cache.get("LOCATION", "")).hostname or "" for cache in caches}
    config.option.allow_hosts = ",".join({"127.0.0.1", "::1", "localhost", *servers})
    coverage = config.pluginmanager.get_plugin("_cov")
    is_chosen = config.args_source is pytest.Config.ArgsSource.ARGS
    is_partial = (
        is_chosen
        or config.option.keyword
        or config.option.lf
        or leaves_out_integration(config.option.markexpr)
    )
    if coverage and is_partial:
        coverage.options.cov_fail_under = None


# First, since pytest itself then leaves out what -m does not ask for.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    config: "pytest.Config", items: list[pytest.Item]
) -> None:
    """Mark whatever gets the database ``integration``.

    Args:
        config: pytest's configuration.
        items: The tests.
    """
    for item in items if is_project(find(config.rootpath)) else ():
        fixtures = set(getattr(item, "fixturenames", ()))
        # Django's own test cases name databases, and need no fixture.
        named = getattr(getattr(item, "cls", None), "databases", ())
        if (
            item.get_closest_marker("django_db")
            or fixtures & DATABASE_FIXTURES
            or named
        ):
            item.add_marker(INTEGRATION)


# First, since pytest takes the first report, which this makes none of.
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Stop at the first test that fails for a reason which fails most of the others.

    Args:
        item: The test.
        call: What became of it.
    """
    error = call.excinfo and call.excinfo.value
    is_skip = isinstance(error, pytest.skip.Exception)
    if error and not is_skip and is_project(find(item.config.rootpath)):
        problem = _common_cause(error, call.when)
        if problem and not item.session.shouldfail:
            item.session.shouldfail = problem
            if coverage := item.config.pluginmanager.get_plugin("_cov"):
                coverage.options.cov_fail_under = None


def _common_cause(error: BaseException | None, when: str) -> str:
    """Say why most tests cannot pass, if it is that.

    Args:
        error: What a test raised.
        when: Which part of it.

    Returns:
        A sentence that says what helps; empty for a fault of the test's own.
    """
    missing = (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable)
    while error:
        # Of a connection: those of statements have a code.
        is_lost = isinstance(error, psycopg.OperationalError) and not error.sqlstate
        if is_lost and when == "setup":
            return UNREACHABLE.format(str(error).partition("\n")[0])
        if isinstance(error, missing):
            labels = import_module("django_strict.migrations").unmigrated()
            return UNMIGRATED.format(", ".join(labels)) if labels else ""
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)
    return ""


def pytest_terminal_summary(
    terminalreporter: "pytest.TerminalReporter", config: "pytest.Config"
) -> None:
    """Name the house rules behind failed tests and missing coverage.

    Args:
        terminalreporter: Where pytest prints.
        config: Its configuration.
    """
    if not is_project(find(config.rootpath)):
        return
    reports = [
        report
        for outcome in ("failed", "error")
        for report in terminalreporter.stats.get(outcome, [])
    ]
    words = [report.nodeid for report in reports]
    coverage = config.pluginmanager.get_plugin("_cov")
    total = getattr(coverage, "cov_total", None)
    floor = getattr(getattr(coverage, "options", None), "cov_fail_under", None)
    if total is not None and floor is not None and total < floor:
        words.append(COVERAGE_WORDS)
    rules = import_module("django_strict.rules")
    for rule in rules.related("\n".join(words)) if words else ():
        terminalreporter.write_line(f"rule: {rule.id} {rule.title}", red=True)
