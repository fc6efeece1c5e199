"""Django's commands in the project, with development servers and the house rules."""

import argparse
import os
import runpy
import subprocess
import sys
from importlib import import_module

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from django_strict.environment import WROTE, write_dotenv
from django_strict.project import ROOT, make_importable
from django_strict.servers import ServersError, prepare


def main() -> int:
    """Run the project's ``manage.py``; an app is written as `poe startapp` writes it.

    Returns:
        1 when there are no servers; else ``manage.py`` ends the process if it fails.
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
    runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")
    if sys.argv[1:2] == ["makemigrations"] and not {"--check", "--dry-run"} & {
        *sys.argv
    }:
        # Django knows one formatter, which is not the gate's.
        folders = [*map(str, ROOT.glob("apps/*/migrations"))]
        ruff = (sys.executable, "-m", "ruff")
        sort = (*ruff, "check", "--quiet", "--select=I", "--fix", *folders)
        for command in (sort, (*ruff, "format", "--quiet", *folders)):
            subprocess.run(command, cwd=ROOT, check=False)
    return 0


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
