"""What git and Docker must not see."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import Finding
from django_strict.rules.repository.tables import expected_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# rule, file, list of lines
LISTS: Final = (
    ("DS098", ".gitignore", "gitignore.txt"),
    ("DS099", ".dockerignore", "dockerignore.txt"),
)
LOCK: Final = "uv.lock"
UNSAFE: Final = "DJANGO_ALLOW_" + "ASYNC_UNSAFE"
ENVIRONMENT_FILES: Final = (
    ".env.example",
    "Dockerfile",
    "docker-compose.yml",
    "pyproject.toml",
)


def check_ignores(root: Path) -> Iterator[Finding]:
    """Find lines that the ignore files lack.

    ``uv.lock`` is asked for once, when the project is made: a committed lock is not
    ignored.

    Args:
        root: Folder of the project.

    Yields:
        DS056, DS098 and DS099.
    """
    for rule, name, wanted in LISTS:
        file = root / name
        if not file.is_file():
            continue
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
        for line in expected_lines(wanted):
            if line not in lines and line != LOCK:
                which = "DS056" if line == ".env" else rule
                yield Finding(name, 1, 1, which, f"the line `{line}` is missing")
        for number, line in enumerate(lines, 1):
            if line in {"!.env", "!.env*", "!*"}:
                message = f"`{line}` lets secrets through"
                yield Finding(name, number, 1, "DS056", message)


def check_committed_secrets(root: Path) -> Iterator[Finding]:
    """Find ``.env`` files that git tracks.

    Args:
        root: Folder of the project.

    Yields:
        DS056.
    """
    if not (root / ".git").exists():
        return
    command = ("git", "ls-files", "-z", "--", ".env*", "**/.env*")
    listed = subprocess.run(
        command,
        cwd=root,
        capture_output=True,
        check=False,
        text=True,
        env={"PATH": os.environ.get("PATH", "")},
    )
    for name in listed.stdout.split("\0"):
        if name and not name.endswith(".example"):
            yield Finding(name, 1, 1, "DS056", "git tracks this file")


def check_unsafe_async(root: Path) -> Iterator[Finding]:
    """Find the variable that silences Django's async protection.

    Args:
        root: Folder of the project.

    Yields:
        DS067.
    """
    for name in ENVIRONMENT_FILES:
        file = root / name
        if not file.is_file():
            continue
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if UNSAFE in line:
                column = line.index(UNSAFE) + 1
                yield Finding(name, number, column, "DS067", f"{UNSAFE} is named here")
