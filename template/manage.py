#!/usr/bin/env python
"""Django's command-line utility for administrative tasks."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    """Run an administrative task."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Migrations and other commands may take their time; requests may not.
    os.environ["DATABASE_STATEMENT_TIMEOUT"] = "0"
    if sys.argv[1:2] == ["startapp"] and find_spec("django_strict"):
        # Where settings do not load, Django falls back to its own startapp. Writing an
        # app needs no servers and no .env.
        os.environ.update(import_module("django_strict.gate_steps").local())
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
