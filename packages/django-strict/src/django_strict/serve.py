"""Serve the project on this machine: one command from a fresh copy to a running API."""

import argparse
import os
import socket
import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

import django
import uvicorn
import watchfiles
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from config.env import load, read
from config.logs import logging_config
from django_strict.environment import WROTE, write_dotenv
from django_strict.manage import MIGRATIONS_TO_FIX
from django_strict.migrations import unmigrated
from django_strict.project import ROOT
from django_strict.servers import ServersError, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_PORT: Final = 8000

ANEW: Final = "begin anew, if all rows of all apps may go: uv run poe servers-stop, and remove .embedded"
REFUSALS: Final[tuple[type[Exception], ...]] = (
    ImproperlyConfigured,
    ServersError,
    CommandError,
    DatabaseError,
    *MIGRATIONS_TO_FIX,
)


def main() -> int:
    """Run the command.

    Returns:
        Exit code: 0 after Ctrl+C, 130 after one at the question, 1 when the project
        cannot start.
    """
    parser = argparse.ArgumentParser(
        prog="poe serve",
        description="Serve the project with reload. Writes .env if there is none, "
        "starts PostgreSQL and a Redis-protocol server unless .env names your own, "
        "migrates, and prints the URLs.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address (127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help=f"port ({DEFAULT_PORT})"
    )
    parser.add_argument(
        "--no-reload", action="store_true", help="keep running when code changes"
    )
    options = parser.parse_args()
    if is_first := write_dotenv():
        print(WROTE)
    if problem := _problem(options.host, options.port):
        print(problem, file=sys.stderr)
        return 1
    try:
        prepare()
        env = load()
        _migrate(is_first=is_first)
    except KeyboardInterrupt:
        print()
        return 130
    except REFUSALS as error:
        print(_refusal(error), file=sys.stderr)
        return 1
    if not options.no_reload:
        poll_without_inotify()
    host = f"[{options.host}]" if ":" in options.host else options.host
    base = f"http://{host}:{options.port}"
    print(
        f"\n  API docs  {base}/api/docs/\n"
        f"  Health    {base}/api/health/\n"
        f"  Admin     {base}/{env.django_admin_path}\n\n"
        "Stop with Ctrl+C. The tests: uv run poe test\n",
        flush=True,
    )
    uvicorn.run(
        "django_strict.asgi:application",
        host=options.host,
        port=options.port,
        reload=not options.no_reload,
        reload_dirs=[str(ROOT / "apps"), str(ROOT / "config")],
        log_config=logging_config(level=env.log_level, log_format=env.log_format),
        # The project writes its own access lines, with request ids.
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
    )
    return 0


def poll_without_inotify() -> None:
    """Look for changes by reading the files again where no watch of the kernel is left."""
    try:
        next(watchfiles.watch(ROOT / "config", rust_timeout=1, yield_on_timeout=True))
    # Of instances, and of watches.
    except (RuntimeError, OSError) as error:
        os.environ["WATCHFILES_FORCE_POLLING"] = "true"
        print(f"Changes are found by reading the files again and again: {error}")


def _problem(host: str, port: int) -> str | None:
    """Look for what would stop the start late, and say how to fix it."""
    env, _ = read()
    if not env.is_local:
        return (
            "poe serve is for development, and DJANGO_ENVIRONMENT is "
            f"{env.django_environment}. Set it to local, or see README.md for how to "
            "deploy."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            return (
                f"Cannot listen at {host}:{port} ({error}). Choose another port: "
                f"uv run poe serve --port {DEFAULT_PORT + 1}"
            )
    return None


def _refusal(error: Exception) -> str:
    """Say why the project does not start, and what to do."""
    if type(error) in MIGRATIONS_TO_FIX:
        return f"{error}. {MIGRATIONS_TO_FIX[type(error)]}"
    if isinstance(error, DatabaseError):
        return (
            f"A migration does not fit the data: {str(error).strip()}\nChange the rows "
            "or the migration, and start again. All that is known: uv run poe manage migrate"
        )
    return str(error)


def _migrate(*, is_first: bool) -> None:
    """Migrate, and offer a first administrator to somebody at a terminal, once.

    Args:
        is_first: Whether the project is served for the first time.
    """
    django.setup()
    print("Applying migrations ...", flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    for problem in _differences():
        print(problem, file=sys.stderr)
    if not (is_first and sys.stdin.isatty() and sys.stdout.isatty()):
        return
    if get_user_model().objects.filter(is_superuser=True).exists():
        return
    with suppress(EOFError):
        if input("Create a first administrator now? [y/N] ").strip().lower() == "y":
            call_command("createsuperuser")
            return
    print("Later: uv run poe manage createsuperuser")


def _differences() -> "Iterator[str]":
    """Say where models, migrations and the database tell of different tables."""
    loader = MigrationLoader(connection)
    own = {it.label for it in apps.get_app_configs() if it.name.startswith("apps.")}
    changed = unmigrated(loader)
    lost = sorted(
        f"apps/{app}/migrations/{name}.py"
        for app, name in loader.applied_migrations.keys() - loader.disk_migrations
        if app in own
    )
    if lost:
        yield (
            f"The database was made with {', '.join(lost)}, too. Bring that back (git "
            f"restore {' '.join(lost)}). Another branch's is unapplied there, with what it "
            "added: uv run poe manage migrate APP THE_ONE_BEFORE. Where no commit has it, "
            f"{ANEW}"
        )
    elif changed:
        yield (
            f"Models without a migration in: {', '.join(changed)}. Write it: uv run poe "
            "manage makemigrations"
        )
    else:
        for label in sorted(own):
            yield from _other_tables(label)
    gone = {app for app, _ in loader.applied_migrations} - apps.app_configs.keys()
    if gone:
        yield (
            f"The database has the tables of {', '.join(sorted(gone))}, but the project no "
            "such app: what their rows lead to cannot be deleted. Bring the app back (git "
            "restore, with the paths of its files) and, if their rows, and those of apps "
            "that lead to it, may go, run uv "
            f"run poe manage migrate APP zero before it goes; or {ANEW}"
        )


def _other_tables(label: str) -> "Iterator[str]":
    """Find tables of an app that a migration made before it was written anew."""
    for model in apps.get_app_config(label).get_models():
        options = model._meta
        if not options.managed:
            continue
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(
                cursor, options.db_table
            )
        columns = {column.name for column in described}
        if not {field.column for field in options.local_concrete_fields} <= columns:
            yield (
                f"The table {options.db_table} was made by another migration of the same "
                "name. If its rows, and those of apps that lead to it, may go: uv run poe "
                "manage migrate "
                f"{options.app_label} zero, and start again; or {ANEW}"
            )


if __name__ == "__main__":
    sys.exit(main())
