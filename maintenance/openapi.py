"""Write ``template/openapi.yaml.jinja`` again, from a project that says what its API is."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import copier
from copier import Settings

from extensions.records import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET: Final = ROOT / "template" / "openapi.yaml.jinja"
# Answers that occur nowhere else in the document.
ANSWERS: Final = {
    "project_name": "The name that stands for all names",
    "project_description": "The sentence that stands for all descriptions.",
}
# Variables of the caller that must decide nothing in the project.
FOREIGN: Final = (
    *("DATABASE_", "DJANGO_", "EMAIL_", "REDIS_"),
    *("POE_", "UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV"),
)
LINES: Final = {"title": "project_name", "description": "project_description"}


class UnexpectedDocumentError(ValueError):
    """A document without the two lines that hold answers."""


def with_placeholders(document: str) -> str:
    """Turn a project's document into the template's.

    Args:
        document: ``openapi.yaml`` of a project with ``ANSWERS``.

    Raises:
        UnexpectedDocumentError: If an answer does not stand on its line, once.

    Returns:
        The same with placeholders, quoted as JSON quotes.
    """
    for key, name in LINES.items():
        line = f"  {key}: {json.dumps(ANSWERS[name])}\n"
        if document.count(line) != 1 or document.count(ANSWERS[name]) != 1:
            message = f"openapi.yaml should hold this line once: {line.strip()}"
            raise UnexpectedDocumentError(message)
        placeholder = f"  {key}: {{{{ {name} | to_json(ensure_ascii=False) }}}}\n"
        document = document.replace(line, placeholder)
    return document


def project_document(folder: Path) -> str:
    """Let a fresh project describe its API.

    Args:
        folder: Where to put the project; it must not exist.

    Returns:
        Its ``openapi.yaml``.
    """
    copier.run_copy(
        str(ROOT),
        folder,
        data=ANSWERS,
        # Not the settings of whoever runs this: they may hold other defaults.
        settings=Settings(),
        defaults=True,
        quiet=True,
        vcs_ref="HEAD",
    )
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN)
    }
    command = ["uv", "run", "python", "-m", "django_strict.openapi", "write"]
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return (folder / "openapi.yaml").read_text(encoding="utf-8")


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run the command.

    Args:
        arguments: Command line, without the program's name.

    Returns:
        Exit status.
    """
    parser = argparse.ArgumentParser(prog="poe openapi", description=__doc__)
    parser.parse_args(arguments)
    with TemporaryDirectory() as scratch:
        document = project_document(Path(scratch) / "project")
    TARGET.write_text(with_placeholders(document), encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
