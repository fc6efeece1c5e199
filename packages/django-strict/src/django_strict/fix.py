"""Apply every fix that is safe, format, and bring generated files up to date."""

import argparse
import subprocess
import sys
from typing import Final

from django_strict.project import ROOT, lacks_room

STRICT: Final = ("django-strict",)
COMMANDS: Final = (
    ("ruff", "check", "--fix", "--config", "ruff.strict.toml", "."),
    ("ruff", "format", "."),
    (*STRICT, "env-files", "--write"),
    (*STRICT, "openapi"),
)


def main() -> int:
    """Run all fixes one after the other, whatever one of them leaves.

    Returns:
        0 when all is fixed, else 1: something only a person can fix stands above.
    """
    argparse.ArgumentParser(prog="poe fix", description=__doc__).parse_args()
    if problem := lacks_room():
        print(problem, file=sys.stderr)
        return 1
    left = [
        " ".join(command[:2])
        for command in COMMANDS
        if subprocess.run(command, cwd=ROOT, check=False).returncode
    ]
    if left:
        print(
            f"Left for you, as said above: {', '.join(left)}. Everything else is fixed.",
            file=sys.stderr,
        )
        return 1
    print("Fixed. Next: uv run poe check")
    return 0


if __name__ == "__main__":
    sys.exit(main())
