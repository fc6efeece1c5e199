"""The project that the tools work on: the only module that looks for one."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Final


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


def make_importable(root: Path = ROOT) -> None:
    """Let the tools import the project's ``config`` and ``apps``.

    A console script has its own folder first on the path, not the project's.

    Args:
        root: The project's folder.
    """
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))


def prepare(root: Path = ROOT) -> bool:
    """Name development servers in the environment, before Django reads the settings.

    They are started where the environment is local and names no servers of its own.

    Args:
        root: The project's folder.

    Raises:
        ServersError: If they cannot be started; the message says what to do.

    Returns:
        Whether the project uses them.
    """
    make_importable(root)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    env, _ = import_module("config.env").read()
    if not env.is_local or (env.database_url and env.redis_url):
        return False
    # Imported late, since it asks this module where the project is.
    addresses = import_module("django_strict.servers").start(root / ".embedded")
    if not env.database_url:
        os.environ["DATABASE_URL"] = addresses.database_url
    if not env.redis_url:
        os.environ["REDIS_URL"] = addresses.redis_url
    return True
