"""Apply every fix that is safe, format, and bring generated files up to date."""

import argparse
import subprocess
import sys
from typing import Final

from django_strict.project import ROOT

STRICT: Final = ("django-strict",)
COMMANDS: Final = (
    ("ruff", "check", "--fix", "--config", "ruff.strict.toml", "."),
    ("ruff", "format", "."),
    (*STRICT, "env-files", "--write"),
    (*STRICT, "agents", "--write"),
    (*STRICT, "openapi"),
)


def main() -> int:
    """Run the fixes one after the other.

    Returns:
        0 when all is fixed, else the exit code of the first command that found
        something only a person can fix.
    """
    argparse.ArgumentParser(prog="poe fix", description=__doc__).parse_args()
    for command in COMMANDS:
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    print("Fixed. Next: uv run poe check")
    return 0


if __name__ == "__main__":
    sys.exit(main())
