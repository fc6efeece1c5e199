"""The project as its image holds it: without tools, tests and development packages."""

import shutil
from typing import TYPE_CHECKING, Final

from benchmarks.groups import output

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.project import Project

# What the Dockerfile copies into the image, beside packages and static files.
SHIPPED: Final = ("manage.py", "config", "apps")
ENVIRONMENT: Final = ".venv"


def ship(project: "Path", folder: "Path") -> "Path":
    """Copy what the image holds, over what was copied before.

    Args:
        project: The project.
        folder: Where to put it.

    Returns:
        The same folder.
    """
    left_out = shutil.ignore_patterns("tests", "__pycache__")
    folder.mkdir(exist_ok=True)
    for name in SHIPPED:
        source = project / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=left_out, dirs_exist_ok=True)
        else:
            shutil.copy2(source, folder / name)
    return folder


def equip(project: "Project", folder: "Path") -> None:
    """Install the packages of the image for a shipped project.

    Some libraries load others where they are installed: with those of development a
    worker would be larger than in production.

    Args:
        project: The project, with its lock file.
        folder: Where it was shipped to.
    """
    command = ["uv", "sync", "--quiet", "--frozen", "--no-dev"]
    own = {"UV_PROJECT_ENVIRONMENT": str(folder / ENVIRONMENT)}
    output(command, project.folder, project.variables(own))
