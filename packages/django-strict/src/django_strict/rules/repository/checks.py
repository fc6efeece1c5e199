"""All checks of the project's other files, and running them."""

from typing import TYPE_CHECKING, Final

from django_strict.rules.repository import (
    containers,
    gate,
    ignores,
    layout,
    placeholders,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from django_strict.rules.model import Finding

CHECKS: Final[tuple["Callable[[Path], Iterable[Finding]]", ...]] = (
    layout.check_files,
    layout.check_layers,
    layout.check_loose_modules,
    layout.check_tests,
    placeholders.check_markers,
    gate.check_project,
    gate.check_strict,
    ignores.check_ignores,
    ignores.check_committed_secrets,
    ignores.check_unsafe_async,
    containers.check_dockerfile,
    containers.check_compose,
)


def check_repository(root: "Path") -> "list[Finding]":
    """Judge the files of a project that are not Python.

    Args:
        root: Folder of the project.

    Returns:
        The findings, sorted.
    """
    return sorted({finding for check in CHECKS for finding in check(root)})
