"""What git has committed before, and telling what it lacks from what it refuses."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

from django_strict.project import ROOT

GIT: Final = ("git",)
# How git begins, in English, when it finds no repository above the folder.
NO_REPOSITORY: Final = "fatal: not a git repository (or any"
UNBORN: Final = "does not have any commits yet"
CEILINGS: Final = "GIT_CEILING_DIRECTORIES"
VARIABLE: Final = "API_BASE"
# What the other side had before a push: pre-commit says it to hooks.
PUSHED: Final = "PRE_COMMIT_FROM_REF"
LAST: Final = "HEAD"
BEFORE: Final = "HEAD^"
# How git and GitHub name the commit before a branch that is new.
ZEROS: Final = re.compile(r"0{40}|0{64}")


class NoHistoryError(Exception):
    """There is no git, or no repository: nothing was ever committed."""


class GitError(Exception):
    """Git refuses; the message holds what it says itself."""


class UnknownBaseError(Exception):
    """A commit that the clone does not hold; the message says how to get it."""


def choose_base(option: str | None) -> str:
    """Choose the commit to compare with.

    Args:
        option: What the command line names, if it does.

    Returns:
        Name of a commit: the option, or what the environment names, or the last commit;
        the one before the last for a branch that is new.
    """
    found = option or os.environ.get(VARIABLE) or os.environ.get(PUSHED) or LAST
    return BEFORE if ZEROS.fullmatch(found) else found


def merge_base(base: str, folder: Path = ROOT) -> str | None:
    """Find the commit to compare with.

    Args:
        base: Name of a commit or a branch.
        folder: The project.

    Raises:
        UnknownBaseError: If there is a history, but not that commit in it.
        GitError: If git refuses.

    Returns:
        The commit from which both the base and the last commit descend: what others
        added to a branch since then is not taken away here. The base itself if there is
        no such commit; None when there is no history yet.
    """
    last = _last_commit(folder)
    if last is None:
        return None
    is_shallow = _git_line(folder, "rev-parse", "--is-shallow-repository") == "true"
    # A shallow clone cannot tell whether the last commit is the first.
    if base == BEFORE and not is_shallow and _is_root(folder):
        return None
    commit = base + "^{commit}"
    named = _git_line(folder, "rev-parse", "--verify", "--quiet", commit)
    shared = named and _git_line(folder, "merge-base", named, last)
    if shared:
        return shared
    if is_shallow:
        missing = base if named is None else f"that {base} and {LAST} share"
        message = (
            f"This clone is shallow and holds no commit {missing}: fetch more of the "
            "history (`git fetch --unshallow`, or `fetch-depth` of the checkout)."
        )
        raise UnknownBaseError(message)
    if named is None:
        message = (
            f"There is no commit {base}: name another one with --base or in "
            f"{VARIABLE}, or fetch it."
        )
        raise UnknownBaseError(message)
    return named


def _last_commit(folder: Path) -> str | None:
    """Find the last commit.

    Args:
        folder: The project.

    Raises:
        GitError: If there is one that cannot be read.

    Returns:
        Its hash, None before the first commit.
    """
    command = ("log", "--max-count=1", "--no-show-signature", "--format=%H")
    try:
        return _git_line(folder, *command)
    except NoHistoryError:
        return None
    except GitError as error:
        if UNBORN in str(error):
            return None
        raise


def _is_root(folder: Path) -> bool:
    """Tell whether the last commit is the first.

    Args:
        folder: The project.

    Returns:
        True if it has no parents.
    """
    parents = _git_line(folder, "rev-list", "--max-count=1", "--parents", LAST)
    return len((parents or "").split()) == 1


def read_committed(commit: str, name: str, folder: Path = ROOT) -> bytes | None:
    """Read a file as it was in a commit.

    Args:
        commit: The commit.
        name: Path inside the project, which may be a folder of a larger repository.
        folder: The project.

    Returns:
        Its content; None if the commit does not hold it.
    """
    entry = _git_line(folder, "ls-tree", commit, "--", name)
    # Mode, type and name of the object, then the path.
    return git(folder, "cat-file", "blob", entry.split()[2]) if entry else None


def git(folder: Path, *arguments: str) -> bytes | None:
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
    # Messages are told apart by their words.
    environment = os.environ | {"LC_ALL": "C"}
    if is_inside:
        # A hook of git sets them, and then git takes the current folder for the top of
        # the repository. The project may lie in a folder of it.
        environment.pop("GIT_DIR", None)
        environment.pop("GIT_WORK_TREE", None)
    try:
        done = subprocess.run(
            (*GIT, *arguments),
            cwd=folder,
            env=environment,
            check=False,
            capture_output=True,
        )
    except FileNotFoundError as error:
        message = "git is not installed"
        raise NoHistoryError(message) from error
    if done.returncode == 0:
        return done.stdout
    output = done.stderr.decode("utf-8", errors="replace").strip()
    if done.returncode == 1 and not output:
        return None
    # Git says the same of a repository that is broken.
    if output.startswith(NO_REPOSITORY) and not is_inside:
        raise NoHistoryError(output)
    command = f"`git {' '.join(arguments)}`"
    message = f"{command} failed with status {done.returncode}:\n\n{output}"
    raise GitError(message)


def _git_line(folder: Path, *arguments: str) -> str | None:
    """Ask git for a line.

    Args:
        folder: The project.
        *arguments: A command of git that changes nothing.

    Returns:
        The line; None when git says no.
    """
    answer = git(folder, *arguments)
    return None if answer is None else answer.decode("utf-8", errors="replace").strip()


def _is_inside_repository(folder: Path) -> bool:
    """Tell whether a repository lies around a folder, sound or not.

    Args:
        folder: The folder.

    Returns:
        True if there is one where git would look.
    """
    ceilings = [Path(name) for name in os.environ.get(CEILINGS, "").split(os.pathsep)]
    for parent in (folder, *folder.parents):
        if parent in ceilings:
            return False
        if (parent / ".git").exists():
            return True
    return False
