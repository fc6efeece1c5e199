"""All checks of Python code, and running them."""

import ast
import warnings
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import Finding
from django_strict.rules.source import (
    asynchronous,
    errors,
    language,
    layers,
    placeholders,
    security,
    structure,
    text,
)
from django_strict.rules.source.module import Module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

CHECKS: Final[tuple["Callable[[Module], Iterable[Finding]]", ...]] = (
    text.check_words,
    text.check_strings,
    text.check_type_check_switches,
    placeholders.check_statements,
    placeholders.check_empty_bodies,
    structure.check_homes,
    structure.check_rivals,
    structure.check_environment,
    structure.check_unsafe_async,
    structure.check_silenced,
    structure.check_factories,
    layers.check_views,
    layers.check_queries,
    layers.check_writes,
    layers.check_serializers,
    layers.check_http,
    layers.check_fat_views,
    security.check_raw_sql,
    security.check_fields,
    security.check_csrf,
    security.check_declarations,
    security.check_async_views,
    asynchronous.check_async,
    errors.check_leaks,
    errors.check_loggers,
    language.check_language,
)
FOLDERS: Final = ("apps", "config", "tests")
SKIPPED: Final = ("__pycache__", ".venv", "node_modules")


def python_files(root: "Path") -> list["Path"]:
    """List the project's Python files.

    Args:
        root: Folder of the project.

    Returns:
        Paths, sorted.
    """
    found = [*root.glob("*.py")]
    for folder in FOLDERS:
        found += (root / folder).rglob("*.py")
    return sorted(path for path in found if not set(SKIPPED) & set(path.parts))


def check_file(path: str, source: str) -> list[Finding]:
    """Judge one file.

    Args:
        path: Relative to the project, with forward slashes.
        source: Its content.

    Returns:
        The findings; a file that cannot be parsed is one.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(source)
    except SyntaxError as error:
        line, column = error.lineno or 1, error.offset or 1
        return [Finding(path, line, column, "DS050", f"no valid Python: {error.msg}")]
    module = Module(path, source, tree)
    return sorted({finding for check in CHECKS for finding in check(module)})
