"""Fixtures of these tests."""

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.repository import PACKAGES, git
from tests.openapi.history import History

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def history(tmp_path: "Path") -> History:
    """Make a project of nothing but the comparison, with a first commit.

    Args:
        tmp_path: Where to put it.

    Returns:
        The project.
    """
    folder = tmp_path / "project"
    tools = PACKAGES / "django-strict" / "src" / "django_strict"
    (folder / "django_strict").mkdir(parents=True)
    (folder / "docs").mkdir()
    for name in ("__init__.py", "project.py"):
        shutil.copy(tools / name, folder / "django_strict")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(
        tools / "openapi", folder / "django_strict" / "openapi", ignore=ignored
    )
    git(folder, "init", "--quiet", "--initial-branch=main")
    made = History(folder)
    made.commit()
    return made


@pytest.fixture(scope="module")
def offering(
    clone: "Path", environment_folder: "Path", tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Render a project with a released API, whose code these tests change and put back.

    Args:
        clone: The template.
        environment_folder: Its virtual environment.
        tmp_path_factory: Where to put it.

    Returns:
        The project, committed.
    """
    folder = render(clone, {}, tmp_path_factory.mktemp("offering") / "project")
    for file in (folder / "config" / "openapi.py", folder / "openapi.yaml"):
        text = file.read_text("utf-8")
        assert '"0.1.0"' in text
        file.write_text(text.replace('"0.1.0"', '"1.0.0"'), "utf-8")
    return Project(folder, environment_folder).commit()
