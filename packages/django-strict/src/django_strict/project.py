"""The project that the tools work on: the only module that looks for one."""

import sys
from pathlib import Path
from typing import Final

MARKS: Final = ("manage.py", "config")


def find(start: Path) -> Path:
    """Find the project that a folder belongs to.

    Args:
        start: The folder, such as the one in which a command was typed.

    Returns:
        The nearest folder upwards that holds ``manage.py`` and ``config``, or ``start``
        itself where there is none.
    """
    for folder in (start, *start.parents):
        if all((folder / mark).exists() for mark in MARKS):
            return folder
    return start


ROOT: Final = find(Path.cwd())


def make_importable() -> None:
    """Let the tools import the project's ``config`` and ``apps``.

    A console script has its own folder first on the path, not the project's.
    """
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
