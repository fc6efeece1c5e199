"""The command line: ``django-strict COMMAND``, behind the project's poe tasks."""

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from django_strict.project import make_importable

# The module whose ``main`` (or what a colon names) runs a command, the words that it
# wants first, and the help.
COMMANDS: Final[dict[str, tuple[str, tuple[str, ...], str]]] = {
    "serve": ("serve", (), "serve the project with reload"),
    "check": ("gate", (), "judge the project: the whole gate; changes nothing"),
    "manage": ("manage", (), "run a manage.py command"),
    "manage-check": ("manage:check", (), "Django's checks and the rules beside them"),
    "startapp": ("startapp.command", (), "write a new app with all layers"),
    "fix": ("fix", (), "apply safe fixes, format, bring generated files up to date"),
    "rules": ("rules.__main__", ("list",), "list the house rules"),
    "rule": ("rules.__main__", ("explain",), "explain a rule: rule DS012"),
    "house-rules": ("rules.__main__", ("check",), "judge the project by its rules"),
    "openapi": ("openapi.__main__", ("write",), "write openapi.yaml from the code"),
    "openapi-check": ("openapi.__main__", ("check",), "compare it with the code"),
    "api-changes": (
        "openapi.__main__",
        ("compare",),
        "look for changes of openapi.yaml that break clients",
    ),
    "test-contract": (
        "exploration",
        (),
        "ask the running project what openapi.yaml allows or not",
    ),
    "audit": ("audit", (), "ask whether a dependency has a known vulnerability"),
    "licences": ("licences", (), "list packages of a deployment and their licences"),
    "env": ("environment", ("env",), "print the effective settings without secrets"),
    "env-files": (
        "environment",
        ("env-files",),
        "compare .env.example with config/env.py",
    ),
    "kubernetes": ("kubernetes", (), "judge what a cluster would be told"),
    "stack": ("stack.command", (), "the production stack on this machine"),
    "servers": ("servers", (), "the development servers: start, stop, status"),
    "tasks": ("tasks", (), "the background tasks: what waits, runs, failed; retry ID"),
    "update": ("update", (), "merge the template's improvements into this project"),
}


def main() -> int:
    """Run a command.

    Returns:
        The command's exit code; 2 when there is no such command.
    """
    name, *rest = sys.argv[1:] or ["--help"]
    if name in {"-h", "--help"}:
        print("usage: django-strict COMMAND [--help] ...\n")
        for command, (_, _, about) in COMMANDS.items():
            print(f"  {command:<14} {about}")
        return 0
    if name not in COMMANDS:
        known = ", ".join(COMMANDS)
        print(f"There is no command {name}; there are {known}.", file=sys.stderr)
        return 2
    module, words, _ = COMMANDS[name]
    make_importable()
    # A hook of a graphical client has no PATH to speak of; uv says where it lies itself.
    if (uv := os.environ.get("UV")) and not shutil.which("uv"):
        os.environ["PATH"] += f"{os.pathsep}{Path(uv).parent}"
    sys.argv = [f"django-strict {name}", *words, *rest]
    module, _, function = module.partition(":")
    code: int = getattr(import_module(f"django_strict.{module}"), function or "main")()
    return code


if __name__ == "__main__":
    sys.exit(main())
