"""Asking git, and telling what it does not have from what it refuses."""

import os
import subprocess
from pathlib import Path
from typing import Final

GIT: Final = ("git",)
# How git begins, in English, when it finds no repository above the folder.
NO_REPOSITORY: Final = "fatal: not a git repository (or any"
CEILINGS: Final = "GIT_CEILING_DIRECTORIES"


class NoHistoryError(Exception):
    """There is no git, or no repository: nothing was ever committed."""


class GitError(Exception):
    """Git refuses; the message holds what it says itself."""


def ask(folder: Path, *arguments: str) -> bytes | None:
    """Ask git.

    Args:
        folder: The project.
        *arguments: A command of git that changes nothing.

    Raises:
        NoHistoryError: If there is no git, or no repository.
        GitError: If git fails in any other way.

    Returns:
        Its answer; None for the wordless status 1 by which git says no.
    """
    is_inside = _is_inside_repository(folder)
    try:
        done = subprocess.run(
            (*GIT, *arguments),
            cwd=folder,
            env=_environment(is_inside=is_inside),
            check=False,
            capture_output=True,
        )
    except FileNotFoundError as error:
        message = "git is not installed"
        raise NoHistoryError(message) from error
    if done.returncode == 0:
        return done.stdout
    words = done.stderr.decode("utf-8", errors="replace").strip()
    if done.returncode == 1 and not words:
        return None
    # Git says the same of a repository that is broken.
    if words.startswith(NO_REPOSITORY) and not is_inside:
        raise NoHistoryError(words)
    message = f"`git {' '.join(arguments)}` failed with status {done.returncode}"
    message = f"{message}:\n\n{words}"
    raise GitError(message)


def _environment(*, is_inside: bool) -> dict[str, str]:
    """Describe the environment in which git speaks as this module understands.

    Args:
        is_inside: Whether a repository lies around the project.

    Returns:
        Variables.
    """
    found = os.environ | {"LC_ALL": "C"}
    if is_inside:
        # A hook of git sets them, and then git takes the current folder for the top of
        # the repository. The project may lie in a folder of it.
        for name in ("GIT_DIR", "GIT_WORK_TREE"):
            found.pop(name, None)
    return found


def _is_inside_repository(folder: Path) -> bool:
    """Tell whether a repository lies around a folder, sound or not.

    Args:
        folder: The folder.

    Returns:
        True if there is one where git would look.
    """
    ceilings = [Path(name) for name in os.environ.get(CEILINGS, "").split(os.pathsep)]
    for place in (folder, *folder.parents):
        if place in ceilings:
            return False
        if (place / ".git").exists():
            return True
    return False
