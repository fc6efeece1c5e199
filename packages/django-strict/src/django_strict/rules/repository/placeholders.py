"""Markers of work left undone in files that are not Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django_strict.rules.model import Finding
from django_strict.rules.source.text import MARKERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Prose may speak of markers, as AGENTS.md does; these files only configure and render.
PATTERNS: Final = (
    "Dockerfile",
    "*.yml",
    "*.toml",
    ".env.example",
    ".gitignore",
    ".dockerignore",
    "nginx/**/*",
    "apps/**/*.html",
    "apps/**/*.txt",
    "apps/**/*.json",
)


def check_markers(root: Path) -> Iterator[Finding]:
    """Find markers outside of Python code.

    Args:
        root: Folder of the project.

    Yields:
        DS001.
    """
    for pattern in PATTERNS:
        for path in sorted(root.glob(pattern)):
            if not path.is_file():
                continue
            name = path.relative_to(root).as_posix()
            # What cannot be decoded holds no marker anybody could read.
            lines = path.read_text("utf-8", errors="replace").splitlines()
            for number, line in enumerate(lines, 1):
                if found := MARKERS.search(_without_names(line)):
                    column = found.start() + 1
                    message = f"the line holds {found[1]}"
                    yield Finding(name, number, column, "DS001", message)


def _without_names(line: str) -> str:
    """Blank out what tools call their rules about markers.

    Args:
        line: A line of a file.

    Returns:
        The line; words about the rule itself are no marker.
    """
    return "" if "no TODO" in line or "TODO comments" in line else line
