"""Running a rendered project's own commands."""

import os
import subprocess
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

from tests.helpers.repository import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# What the caller's environment must not decide for a project under test.
FOREIGN: Final = (
    "API_BASE",
    "DATABASE_",
    "DJANGO_",
    "EMAIL_",
    "OTEL_",
    "PRE_COMMIT_",
    "PYTEST_",
    "REDIS_",
    "SENTRY_",
    "VIRTUAL_ENV",
    "UV_PROJECT_ENVIRONMENT",
    "POE_",
)


@dataclass(frozen=True, slots=True)
class Project:
    """A rendered project and its virtual environment.

    Attributes:
        folder: Where the project lies.
        environment_folder: Virtual environment that uv uses for it.
    """

    folder: "Path"
    environment_folder: "Path"

    def variables(self, extra: "Mapping[str, str]") -> dict[str, str]:
        """Build the environment of the project's commands.

        Args:
            extra: Variables to add.

        Returns:
            The caller's environment without what would leak into the project.
        """
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(FOREIGN)
        }
        own = {"UV_PROJECT_ENVIRONMENT": str(self.environment_folder)}
        return kept | own | dict(extra)

    def run(
        self,
        *command: str,
        check: bool = True,
        extra: "Mapping[str, str]" = MappingProxyType({}),
    ) -> str:
        """Run a command in the project.

        Args:
            *command: The command and its arguments.
            check: Whether a failing command fails the test.
            extra: Variables to add to its environment.

        Returns:
            What it printed, errors included.
        """
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables(extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        assert not check or done.returncode == 0, (
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
        )
        return done.stdout

    def commit(self) -> Self:
        """Lock the project and commit it, as its first user would.

        Returns:
            The project.
        """
        self.run("uv", "lock", "--quiet")
        git(self.folder, "init", "--quiet", "--initial-branch=main")
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message=Start")
        return self

    def copy(self, folder: "Path") -> "Project":
        """Clone the commit into a folder that a test may change.

        Args:
            folder: Where to put it.

        Returns:
            The clone, which shares the virtual environment.
        """
        git(self.folder, "clone", "--quiet", ".", str(folder))
        return Project(folder, self.environment_folder)

    def changes(self) -> str:
        """Ask git what changed since the commit.

        Returns:
            The porcelain status, empty for a clean tree.
        """
        return git(self.folder, "status", "--porcelain")
