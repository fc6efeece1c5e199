"""The project that the tools work on: the only module that looks for one."""

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final


def is_project(folder: Path) -> bool:
    """Tell a project's folder by what it holds."""
    return (folder / "manage.py").is_file() and (folder / "config").is_dir()


def find(start: Path) -> Path:
    """Find the project that a folder belongs to.

    Args:
        start: The folder, such as the one in which a command was typed.

    Returns:
        The nearest folder upwards that holds ``manage.py`` and ``config``, or ``start``
        itself where there is none.
    """
    for folder in (start, *start.parents):
        if is_project(folder):
            return folder
    return start


ROOT: Final = find(Path.cwd())
# What a cluster is told, in projects that have chosen one.
CLUSTER: Final = ROOT / "deploy" / "kubernetes"
# Their dependency group; nothing of it is installed where the project runs or is tested.
POLICIES: Final = "kubernetes-policies"
# Far more than all sources take.
ROOM: Final = 16 << 20  # bytes


def lacks_room() -> str:
    """Look for a disk so full that a file which is written anew may be cut off.

    Returns:
        A sentence; empty where there is room.
    """
    free = shutil.disk_usage(ROOT).free
    if free >= ROOM:
        return ""
    return (
        f"{free >> 20} MiB are free where {ROOT} lies, and {ROOM >> 20} are wanted: a file "
        "that is written to a full disk is cut off. Nothing was changed."
    )


def make_importable(root: Path = ROOT) -> None:
    """Let the tools import the project's ``config`` and ``apps``.

    A console script has its own folder first on the path, not the project's.

    Args:
        root: The project's folder.
    """
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))


def env(root: Path = ROOT) -> Any:  # noqa: ANN401 - the project defines its type
    """Read the project's environment, whether or not it would let the project start.

    Args:
        root: The project's folder.

    Returns:
        Its ``config.env.Env``, with defaults in the place of what cannot be read.
    """
    make_importable(root)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    found, _ = import_module("config.env").read()
    return found
