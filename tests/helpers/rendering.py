"""Rendering projects through Copier's API, as a user without ``--trust`` would."""

from typing import TYPE_CHECKING

import copier
from copier import Settings

from tests.helpers.repository import questions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

type Answer = str | int | bool


def render(clone: "Path", answers: "Mapping[str, Answer]", target: "Path") -> "Path":
    """Render a project.

    Args:
        clone: A tagged clone of this repository.
        answers: Answers that differ from the defaults.
        target: Where to put the project.

    Raises:
        LookupError: If an answer belongs to no question. Copier ignores it silently,
            and the test that passes it would test nothing.

    Returns:
        The project's folder.
    """
    unknown = sorted(answers.keys() - questions().keys())
    if unknown:
        message = f"copier.yml asks no question named {', '.join(unknown)}"
        raise LookupError(message)
    copier.run_copy(
        str(clone),
        target,
        data=dict(answers),
        # Not the settings of whoever runs the tests: they may hold other defaults.
        settings=Settings(),
        defaults=True,
        quiet=True,
        unsafe=False,
    )
    return target


def files(folder: "Path") -> dict[str, bytes]:
    """Read a folder.

    Args:
        folder: What to read.

    Returns:
        The content of each file by its path inside the folder.
    """
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
