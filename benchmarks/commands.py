"""Timing what people wait for: a copy, the first start, the gate, the tests."""

import shutil
import sys
import time
from typing import TYPE_CHECKING, Final

from benchmarks.groups import output
from tests.helpers.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.project import Project

COPIES: Final = 3
COPY: Final = "copier copy"
SERVE: Final = "uv run poe serve, the first time"
COLD_GATE: Final = "uv run poe check, empty caches"
GATE: Final = "uv run poe check, again"
TESTS: Final = "uv run poe test"
CACHES: Final = (".mypy_cache", ".ruff_cache", ".import_linter_cache")


def copies(clone: "Path", folder: "Path") -> list[float]:
    """Copy the template as a user does, from a repository on this machine.

    Args:
        clone: The template, tagged.
        folder: Takes the copies; the first is `project-0`.

    Returns:
        Seconds, copy by copy.
    """
    copier = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet"]
    return [
        _seconds(
            [*copier, str(clone), str(folder / f"project-{number}")],
        )
        for number in range(COPIES)
    ]


def own_commands(project: "Project") -> dict[str, list[float]]:
    """Time the project's own commands.

    Args:
        project: A fresh project with its packages installed.

    Returns:
        Seconds by command.
    """
    with serving(project) as server:
        first = server.start_seconds
    return {
        SERVE: [first],
        COLD_GATE: [cold_gate(project)],
        GATE: [poe(project, "check")],
        TESTS: [poe(project, "test")],
    }


def cold_gate(project: "Project") -> float:
    """Time the gate without what earlier runs left.

    Args:
        project: The project.

    Returns:
        Seconds.
    """
    for name in CACHES:
        shutil.rmtree(project.folder / name, ignore_errors=True)
    return poe(project, "check")


def poe(project: "Project", task: str) -> float:
    """Time a task of the project.

    Args:
        project: The project.
        task: Its name.

    Returns:
        Seconds.
    """
    command = ["uv", "run", "poe", task]
    return _seconds(command, project.folder, project.variables({}))


def _seconds(
    command: list[str],
    folder: "Path | None" = None,
    variables: dict[str, str] | None = None,
) -> float:
    """Time a command that must succeed.

    Args:
        command: The command and its arguments.
        folder: Where to run it.
        variables: Its environment.

    Returns:
        Seconds.
    """
    started = time.perf_counter()
    output(command, folder, variables)
    return time.perf_counter() - started
