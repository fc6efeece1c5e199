"""Judging a whole project."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django_strict.rules import waivers
from django_strict.rules.repository.checks import check_repository
from django_strict.rules.source.checks import check_file, python_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from django_strict.rules.model import Finding


def check(root: Path, today: date | None = None) -> list[Finding]:
    """Judge a project: its Python code and its other files.

    Args:
        root: Folder of the project.
        today: The day that decides about waivers; by default this one.

    Returns:
        All findings, sorted.
    """
    found: dict[str, list[Finding]] = defaultdict(list)
    texts: dict[str, str] = {}
    for file in python_files(root):
        path = file.relative_to(root).as_posix()
        texts[path] = file.read_text("utf-8")
        found[path] += check_file(path, texts[path])
    for finding in check_repository(root):
        found[finding.path].append(finding)
    return sorted(_waived(root, found, texts, today or datetime.now(UTC).date()))


def _waived(
    root: Path,
    found: dict[str, list[Finding]],
    texts: dict[str, str],
    today: date,
) -> Iterable[Finding]:
    """Apply the waivers of every file.

    Args:
        root: Folder of the project.
        found: Findings by file.
        texts: Files that were read already.
        today: The day that decides.

    Yields:
        What is left.
    """
    for path, findings in found.items():
        file = root / path
        text = texts.get(path)
        if text is None:
            text = file.read_text("utf-8") if file.is_file() else ""
        yield from waivers.apply(path, text, findings, today)
