"""Fixtures of the proofs."""

import re
import shutil
import sys
from typing import TYPE_CHECKING, Final

import pytest

from extensions.conformance import Proof
from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.repository import TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

# The template's Python is complete as it lies there, so its rules can be imported. At the
# end: `tests` stays this repository's own.
sys.path.append(str(TEMPLATE))

SHAPE: Final = re.compile(r"\[(?:.*?)DS\d{3}-(?P<shape>.+)\]$")
# What became of every proof that was collected; None until it has run.
OUTCOMES: Final[dict[str, bool | None]] = {}
PROOFS: Final[dict[str, tuple[str, str, str]]] = {}
# What is particular about the breaches of a test that tries several.
SHAPES: Final[dict[str, list[str]]] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Remember the proofs, and let the test of the page run after them.

    Args:
        items: All tests.
    """
    for item in items:
        for mark in item.iter_markers("proves"):
            found = SHAPE.search(item.name)
            shape = (
                (found["shape"] if found else item.name.removeprefix("test_"))
                .replace("-", " ")
                .replace("_", " ")
            )
            file = item.path.relative_to(item.config.rootpath).as_posix()
            PROOFS[item.nodeid] = (mark.args[0], file, shape)
            OUTCOMES[item.nodeid] = None
    items.sort(key=lambda item: item.path.name == "test_conformance.py")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write down what became of a proof.

    Args:
        report: One phase of a test.
    """
    if report.nodeid in OUTCOMES and (report.when == "call" or not report.passed):
        OUTCOMES[report.nodeid] = report.passed
        given = report.user_properties
        SHAPES[report.nodeid] = [str(one) for name, one in given if name == "shape"]


@pytest.fixture
def proofs() -> list[Proof]:
    """Return what the proofs of this run said.

    Returns:
        The proofs; the test that asks is skipped when some did not run.
    """
    if len(OUTCOMES) < 2 or None in OUTCOMES.values():
        pytest.skip("Run all of tests/rules: the page tells the result of every proof.")
    return [
        Proof(rule, file, one, passed=bool(OUTCOMES[test]))
        for test, (rule, file, shape) in PROOFS.items()
        for one in SHAPES[test] or [shape]
    ]


@pytest.fixture(scope="session")
def files(rendered: "Path", tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Copy the default project for proofs that edit and run nothing.

    Args:
        rendered: The project.
        tmp_path_factory: Where to put the copy.

    Returns:
        A folder that may be edited and put back.
    """
    return shutil.copytree(rendered, tmp_path_factory.mktemp("rules") / "files")


@pytest.fixture(scope="session")
def runnable(
    clone: "Path", environment_folder: "Path", tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Render a project for proofs that run its tools.

    Args:
        clone: The template.
        environment_folder: Its virtual environment.
        tmp_path_factory: Where to put it.

    Returns:
        A project whose files may be edited and put back.
    """
    folder = render(clone, {}, tmp_path_factory.mktemp("rules") / "project")
    project = Project(folder, environment_folder).commit()
    project.run("uv", "sync", "--quiet")
    return project
