"""Judging a whole project: its Python code and its other files."""

from __future__ import annotations

import ast
import warnings
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from django_strict.rules.files import Project
from django_strict.rules.index import Index
from django_strict.rules.model import OWN_FOLDER, Finding, catalogue
from django_strict.rules.module import Module
from django_strict.rules.waivers import Waivers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

FOLDERS: Final = ("apps", "config", "tests", OWN_FOLDER)
SKIPPED: Final = ("__pycache__", ".venv", "node_modules")


def findings(kind: str, subject: object) -> list[Finding]:
    """Run all checks of one kind, rule by rule.

    Args:
        kind: What they look at, such as ``Module``.
        subject: That thing.

    Returns:
        The findings, sorted, none twice.
    """
    rules = catalogue().values()
    return sorted({one for rule in rules for one in rule.findings(kind, subject)})


def parse(path: str, source: str) -> ast.Module | Finding:
    """Parse one Python file.

    Args:
        path: Relative to the project, with forward slashes.
        source: Its content.

    Returns:
        Its tree, or the finding that it has none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(source)
    except SyntaxError as error:
        line, column = error.lineno or 1, error.offset or 1
        return Finding(path, line, column, "DS050", f"no valid Python: {error.msg}")


def check_file(path: str, source: str) -> list[Finding]:
    """Judge one Python file.

    Args:
        path: Relative to the project, with forward slashes.
        source: Its content.

    Returns:
        The findings; a file that cannot be parsed is one.
    """
    return check_files({path: source})


def check_files(files: Mapping[str, str]) -> list[Finding]:
    """Judge the Python files of a project, which may import each other.

    Args:
        files: Their content by path, relative to the project, with forward slashes.

    Returns:
        The findings, sorted; a file that cannot be parsed is one.
    """
    found: list[Finding] = []
    modules: list[Module] = []
    for path, source in files.items():
        tree = parse(path, source)
        if isinstance(tree, Finding):
            found.append(tree)
        else:
            modules.append(Module(path, source, tree))
    Index(modules)
    for module in modules:
        found += findings("Module", module)
    return sorted(found)


def sources(root: Path) -> Iterator[tuple[str, str]]:
    """Read a project's Python files.

    Args:
        root: Folder of the project.

    Yields:
        Path, relative to the project, and content of each.
    """
    files = [*root.glob("*.py")]
    for folder in FOLDERS:
        files += (root / folder).rglob("*.py")
    for file in files:
        if not set(SKIPPED) & set(file.relative_to(root).parts):
            yield file.relative_to(root).as_posix(), file.read_text("utf-8")


def unreadable(root: Path) -> list[Finding]:
    """Find what no tool can look at.

    Args:
        root: Folder of the project.

    Returns:
        A finding for each file that is no Python.
    """
    parsed = ((path, parse(path, source)) for path, source in sources(root))
    return sorted(one for _, one in parsed if isinstance(one, Finding))


def check(root: Path, today: date | None = None) -> list[Finding]:
    """Judge a project.

    Args:
        root: Folder of the project.
        today: The day that decides about waivers; by default this one.

    Returns:
        All findings, sorted, those of waivers among them.
    """
    project = Project(root, today)
    found: dict[str, list[Finding]] = defaultdict(list)
    judged = [*check_files(dict(sources(root))), *findings("Project", project)]
    for finding in judged:
        found[finding.path].append(finding)
    left = []
    for path, ones in found.items():
        left += apply_waivers(path, "\n".join(project.lines(path)), ones, project.today)
    return sorted(left)


def apply_waivers(
    path: str, text: str, found: list[Finding], today: date
) -> list[Finding]:
    """Take waived findings out, and report waivers that must not be.

    Args:
        path: The file.
        text: Its content.
        found: What was found in it.
        today: The day that decides about expiry.

    Returns:
        What is left, with DS110 to DS112.
    """
    if "waive" not in text.lower():
        return sorted(found)
    waivers = Waivers(path, text, today)
    left = [finding for finding in found if not waivers.excepts(finding)]
    return sorted([*left, *findings("Waivers", waivers)])
