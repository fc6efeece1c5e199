"""The template's machinery stands what no project has to test again."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from tests.helpers.project import Project

MACHINERY: Final = Path(__file__).parent / "machinery"


@pytest.fixture(scope="module")
def judged(project: "Project") -> Iterator["Project"]:
    """Put the tests of the machinery into a rendered project.

    Args:
        project: The project.

    Yields:
        The project.
    """
    target = project.folder / "tests" / "machinery"
    shutil.copytree(MACHINERY, target, ignore=shutil.ignore_patterns("__pycache__"))
    yield project
    shutil.rmtree(target)


def test_the_machinery_stands(judged: "Project") -> None:
    """A rendered project's own pytest runs the tests, and names those that fail.

    Args:
        judged: The project with the tests.
    """
    # Clocks that jump are no concern of a project.
    pytest_command = ("uv", "run", "--with", "time-machine", "pytest", "-q", "--no-cov")
    output = judged.run(*pytest_command, "tests/machinery")
    assert " passed" in output
    assert not re.search(r"\d skipped", output)
