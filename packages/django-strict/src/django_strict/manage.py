"""Django's commands in the project, with development servers and the house rules."""

import argparse
import os
import runpy
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db.migrations.exceptions import (
    InconsistentMigrationHistory,
    NodeNotFoundError,
)

from django_strict import migrations
from django_strict.environment import WROTE, write_dotenv
from django_strict.project import ROOT, make_importable
from django_strict.servers import ServersError, prepare

if TYPE_CHECKING:
    from pathlib import Path

# By the error of Django's that says what is wrong and not what to do.
MIGRATIONS_TO_FIX: Final[dict[type[Exception], str]] = {
    NodeNotFoundError: "Bring the file back (git restore $(git ls-files --deleted apps)). "
    "If no commit has it, delete the one that depends on it too, and write both anew: uv "
    "run poe manage makemigrations",
    InconsistentMigrationHistory: "Other files than these have made the database. "
    "Bring them back, or, if the data may go, begin anew: uv run poe servers-stop, "
    "and remove .embedded",
}


def main() -> int:
    """Run the project's ``manage.py``; an app is written as `poe startapp` writes it.

    Returns:
        1 when there are no servers, when migrations do not fit together, or nobody
        answers a question; else ``manage.py`` ends the process if it fails.
    """
    if sys.argv[1:2] == ["startapp"]:
        # Django's own writes modules that fail the gate.
        del sys.argv[1]
        code: int = import_module("django_strict.startapp.command").main()
        return code
    if "DJANGO_SECRET_KEY" not in os.environ and write_dotenv():
        print(WROTE, file=sys.stderr)
    try:
        prepare()
    except ServersError as error:
        print(error, file=sys.stderr)
        return 1
    sys.argv[0] = "manage.py"
    before = {*ROOT.glob(migrations.FILES)}
    try:
        runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")
    except EOFError:
        message = f"`{sys.argv[1]}` asks something: run it in a terminal."
        print(message, file=sys.stderr)
        return 1
    except tuple(MIGRATIONS_TO_FIX) as error:
        print(f"{error}. {MIGRATIONS_TO_FIX[type(error)]}", file=sys.stderr)
        return 1
    if sys.argv[1:2] == ["makemigrations"]:
        _revise({*ROOT.glob(migrations.FILES)} - before)
    return 0


def _revise(new: "set[Path]") -> None:
    """Give new migrations the form that the gate wants."""
    for path in sorted(new):
        migrations.validate_later(ROOT, path.relative_to(ROOT).as_posix())
    # Django knows one formatter, which is not the gate's.
    folders = sorted({str(path.parent) for path in new})
    ruff = (sys.executable, "-m", "ruff")
    sort = (*ruff, "check", "--silent", "--select=I", "--fix", *folders)
    for command in (sort, (*ruff, "format", "--quiet", *folders)) if new else ():
        subprocess.run(command, cwd=ROOT, check=False)
    if new:
        print("Next: uv run poe manage migrate, also where `poe serve` runs; poe fix")


def check() -> int:
    """Run Django's system checks and, beside them, the rules about the running project.

    Returns:
        0 when they find nothing, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="django-strict manage-check", description=check.__doc__
    )
    parser.add_argument("--deploy", action="store_true", help="judge for production")
    options = parser.parse_args()
    make_importable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        django.setup()
        # Registers the rules, and needs the settings.
        import_module("django_strict.rules").runtime_checks()
        call_command("check", deploy=options.deploy, fail_level="WARNING")
    except (CommandError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
