"""Running a project's system checks again and again, without its slowest imports."""

import subprocess
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.project import Project

# Runs in the project: imports what no edit changes, then a child for each line it reads
# imports the project itself and writes what `django-strict manage-check --deploy` says to that file.
SERVER: Final = """
import os, sys
import gunicorn.app.base, httptools, jsonschema, psycopg_pool, pydantic_settings
import redis.asyncio, uvicorn, uvloop, yaml
import django.contrib.auth.hashers, django.core.management, django.test
import django.db.backends.postgresql.base, django.template.backends.django
from django_strict.gate_steps import production
from django_strict.manage import check
os.environ.update(production())
for name in [name for name in sys.modules if name.startswith("config")]:
    del sys.modules[name]
sys.argv = ["django-strict manage-check", "--deploy"]
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        output = os.open(line.strip(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.exit(check())
    os.waitpid(child, 0)
    print("done", flush=True)
"""


class Checker:
    """A process that checks one project whenever it is asked to."""

    def __init__(self, project: "Project", output: "Path") -> None:
        """Start the process.

        Args:
            project: The project, whose files may change between two checks.
            output: A file for what a check prints.
        """
        self._output = output
        self._process = subprocess.Popen(
            [str(project.environment_folder / "bin" / "python"), "-c", SERVER],
            cwd=project.folder,
            # Two edits within a second may have one size: compiled files would be stale.
            env=project.variables({"PYTHONDONTWRITEBYTECODE": "1"}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._expect("ready")

    def __enter__(self) -> Self:
        """Return the checker.

        Returns:
            This object.
        """
        return self

    def __exit__(self, *details: object) -> None:
        """End the process.

        Args:
            *details: What ended the block, if it was an error.
        """
        self._process.communicate(timeout=30)

    def run(self) -> str:
        """Check the project as it is now.

        Returns:
            What ``django-strict manage-check --deploy`` prints in a production environment.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(f"{self._output}\n")
        self._process.stdin.flush()
        self._expect("done")
        return self._output.read_text("utf-8")

    def _expect(self, word: str) -> None:
        """Wait for an answer.

        Args:
            word: What the process must say.
        """
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == word
