"""Write a new app with all layers, in place of Django's own command."""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, override

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from django_strict.project import ROOT
from django_strict.startapp import layout
from django_strict.startapp.naming import UnusableNameError, choose
from django_strict.startapp.registering import RegistrationError, with_app, with_urls
from django_strict.startapp.writing import files, tree

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from django_strict.startapp.naming import Names


LAYOUT: Final = Path(layout.__path__[0])
SETTINGS: Final = ROOT / "config" / "settings.py"
URLS: Final = ROOT / "config" / "urls.py"


class Command(BaseCommand):
    """Writes an app that passes the whole gate, and registers it."""

    help = (
        "Write apps/NAME with every layer around one working resource, and enter it "
        "into INSTALLED_APPS and the URLs. Import contracts fit it without a change."
    )
    # The settings must load; what is wrong with the project may be mended later.
    requires_system_checks = ()

    @override
    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> "CommandParser":
        """Show the files below the options of ``--help``.

        Args:
            prog_name: Name of the program.
            subcommand: Name of this command.
            **kwargs: Passed on.

        Returns:
            The parser.
        """
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = f"It writes:\n\n{tree(LAYOUT)}"
        return parser

    @override
    def add_arguments(self, parser: "CommandParser") -> None:
        """Describe the options.

        Args:
            parser: Takes them.
        """
        parser.add_argument("name", help="plural and lower-case, such as order_lines")
        parser.add_argument(
            "--resource",
            default="",
            help="one of what it holds, such as order_line; by default the singular",
        )
        parser.add_argument(
            "--bare",
            action="store_true",
            help="all layers, without the example resource",
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Write the app; nothing that exists is overwritten.

        Args:
            *args: None.
            **options: The options.

        Raises:
            CommandError: If the name cannot be used or a file has an unexpected form.
        """
        taken = {config.label for config in apps.get_app_configs()}
        try:
            names = choose(options["name"], options["resource"], taken, LAYOUT)
            settings = with_app(SETTINGS.read_text("utf-8"), names.app)
            urls = with_urls(URLS.read_text("utf-8"), names.app)
        except (UnusableNameError, RegistrationError) as error:
            raise CommandError(str(error)) from error
        folder = ROOT / "apps" / names.app
        if folder.exists():
            message = f"apps/{names.app} exists already; nothing was changed."
            raise CommandError(message)
        self._write(folder, names, bare=options["bare"])
        SETTINGS.write_text(settings, "utf-8")
        URLS.write_text(urls, "utf-8")
        _tidy(folder)
        self.stdout.write(
            f"Wrote apps/{names.app} and entered it into config/settings.py and "
            f"config/urls.py."
        )
        self.stdout.write(_document())
        self.stdout.write("Next: uv run poe check && uv run poe test")

    def _write(self, folder: Path, names: "Names", *, bare: bool) -> None:
        """Write the files.

        Args:
            folder: Folder of the app.
            names: Names of the app.
            bare: Whether to leave the example out.
        """
        for path, source in files(LAYOUT, names, bare=bare).items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, "utf-8")


def _tidy(folder: Path) -> None:
    """Sort imports and break lines anew: other names have other lengths.

    Args:
        folder: Folder of the app.
    """
    places = (str(folder), str(SETTINGS), str(URLS))
    for command in (("check", "--fix", "--select", "I"), ("format",)):
        subprocess.run(
            (sys.executable, "-m", "ruff", *command, "--quiet", *places),
            cwd=ROOT,
            check=True,
            # The project's configuration makes ruff list its fixes, however quiet.
            stdout=subprocess.DEVNULL,
        )


def _document() -> str:
    """Describe the new addresses in ``openapi.yaml``.

    Returns:
        What was done, or what is left to do: the rest of the project may be broken, and
        that is no fault of the new app.
    """
    # A process of its own: this one has loaded the settings without the app.
    done = subprocess.run(
        (sys.executable, "-m", "django_strict.openapi", "write"),
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        return done.stdout.strip()
    return (
        f"{done.stderr.strip()}\nopenapi.yaml could not be written: mend what is named "
        "above, then run `uv run poe openapi`."
    )
