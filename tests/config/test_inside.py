"""The configuration, judged inside a rendered project."""

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.repository import ROOT, TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

MOST_LINES = 200


@pytest.fixture(scope="module")
def own(
    clone: "Path", environment_folder: "Path", tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Render a project that these tests may change.

    Args:
        clone: The template.
        environment_folder: Its virtual environment.
        tmp_path_factory: Where to put it.

    Returns:
        The project.
    """
    folder = tmp_path_factory.mktemp("config") / "project"
    return Project(render(clone, {}, folder), environment_folder).commit()


def test_everything_inside_passes(own: Project) -> None:
    """Variables, addresses, settings and log lines."""
    target = own.folder / "tests" / "config"
    shutil.copytree(ROOT / "tests" / "config" / "inside", target)
    output = own.run("uv", "run", "pytest", "--no-cov", "tests/config")
    shutil.rmtree(target)
    assert " passed" in output
    assert " skipped" not in output


def test_settings_stay_readable() -> None:
    """One screenful per subject: all else is in the modules beside them."""
    lines = (TEMPLATE / "config" / "settings.py").read_text().splitlines()
    assert len(lines) < MOST_LINES
