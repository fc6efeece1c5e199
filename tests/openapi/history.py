"""A project whose document changes from commit to commit."""

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from tests.helpers.repository import git
from tests.openapi.documents import DOCUMENT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.openapi.documents import Document


@dataclass(frozen=True)
class History:
    """The project.

    Attributes:
        folder: Where it lies.
    """

    folder: "Path"

    def write(self, document: "Document") -> None:
        """Write the document.

        Args:
            document: Its content.
        """
        text = yaml.safe_dump(document, sort_keys=False)
        (self.folder / "openapi.yaml").write_text(text)

    def decide(self, *lines: str) -> None:
        """Write what is meant to break.

        Args:
            *lines: Lines of the file.
        """
        text = "\n".join(("# Decided", "", *lines, ""))
        (self.folder / "docs" / "api-changes.md").write_text(text)

    def commit(self, document: "Document" = DOCUMENT) -> None:
        """Write and commit the document.

        Args:
            document: Its content.
        """
        self.write(document)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=Change")

    def git(self, *arguments: str) -> str:
        """Run git in the project.

        Args:
            *arguments: A command.

        Returns:
            What it printed.
        """
        return git(self.folder, *arguments)

    def compare(self, *options: str, **variables: str) -> tuple[int, str]:
        """Run the comparison.

        Args:
            *options: Its options.
            **variables: Variables of its environment.

        Returns:
            Exit status, and what it printed.
        """
        foreign = {"API_BASE", "PRE_COMMIT_FROM_REF"}
        inherited = {
            name: value for name, value in os.environ.items() if name not in foreign
        }
        done = subprocess.run(
            [sys.executable, "-m", "django_strict.openapi", "compare", *options],
            cwd=self.folder,
            env={**inherited, "PYTHONDONTWRITEBYTECODE": "1", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout
