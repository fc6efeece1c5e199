"""What was committed before."""

import os
import re
from typing import TYPE_CHECKING, Final

from django_strict.contract.git import GitError, NoHistoryError, ask
from django_strict.project import ROOT

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE: Final = "API_BASE"
# What the other side had before a push: pre-commit says it to hooks.
PUSHED: Final = "PRE_COMMIT_FROM_REF"
LAST: Final = "HEAD"
BEFORE: Final = "HEAD^"
# How git and GitHub name the commit before a branch that is new.
NONE: Final = re.compile(r"0{40}|0{64}")
UNBORN: Final = "does not have any commits yet"


class UnknownBaseError(Exception):
    """A commit that the clone does not hold; the message says how to get it."""


def base_of(option: str | None) -> str:
    """Choose the commit to compare with.

    Args:
        option: What the command line names, if it does.

    Returns:
        Name of a commit: the option, or what the environment names, or the last commit;
        the one before the last for a branch that is new.
    """
    found = option or os.environ.get(VARIABLE) or os.environ.get(PUSHED) or LAST
    return BEFORE if NONE.fullmatch(found) else found


def commit_of(base: str, folder: "Path" = ROOT) -> str | None:
    """Find the commit to compare with.

    Args:
        base: Name of a commit or a branch.
        folder: The project.

    Raises:
        UnknownBaseError: If there is a history, but not that commit in it.

    Returns:
        The commit from which both the base and the last commit descend: what others
        added to a branch since then is not taken away here. The base itself if there is
        no such commit; None when there is no history yet.
    """
    try:
        last = _last(folder)
    except NoHistoryError:
        return None
    if last is None or _is_before_the_first(base, folder):
        return None
    named = _commit(base, folder)
    shared = named and _line(folder, "merge-base", named, last)
    if shared:
        return shared
    if _line(folder, "rev-parse", "--is-shallow-repository") == "true":
        lacking = base if named is None else f"that {base} and {LAST} share"
        message = (
            f"This clone is shallow and holds no commit {lacking}: fetch more of the "
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


def content(commit: str, name: str, folder: "Path" = ROOT) -> bytes | None:
    """Read a file as it was in a commit.

    Args:
        commit: The commit.
        name: Path inside the project, which may be a folder of a larger repository.
        folder: The project.

    Returns:
        Its content; None if the commit does not hold it.
    """
    found = _line(folder, "ls-tree", commit, "--", name)
    # Mode, type and name of the object, then the path.
    return ask(folder, "cat-file", "blob", found.split()[2]) if found else None


def _last(folder: "Path") -> str | None:
    """Find the last commit.

    Args:
        folder: The project.

    Raises:
        GitError: If there is one that cannot be read.

    Returns:
        Its hash, None before the first commit.
    """
    try:
        return _line(
            folder, "log", "--max-count=1", "--no-show-signature", "--format=%H"
        )
    except GitError as error:
        if UNBORN in str(error):
            return None
        raise


def _is_before_the_first(base: str, folder: "Path") -> bool:
    """Tell whether the commit before the last is asked for, and the last is the first.

    Args:
        base: What is asked for.
        folder: The project.

    Returns:
        True if so; a shallow clone cannot tell.
    """
    if base != BEFORE:
        return False
    is_shallow = _line(folder, "rev-parse", "--is-shallow-repository") == "true"
    parents = _line(folder, "rev-list", "--max-count=1", "--parents", LAST) or ""
    return not is_shallow and len(parents.split()) == 1


def _commit(name: str, folder: "Path") -> str | None:
    """Find a commit.

    Args:
        name: Its name.
        folder: The project.

    Returns:
        Its hash, None if there is no such commit.
    """
    wanted = name + "^{commit}"
    return _line(folder, "rev-parse", "--verify", "--quiet", wanted)


def _line(folder: "Path", *arguments: str) -> str | None:
    """Ask git for a line.

    Args:
        folder: The project.
        *arguments: A command of git that changes nothing.

    Returns:
        The line; None when git says no.
    """
    answer = ask(folder, *arguments)
    return None if answer is None else answer.decode("utf-8", errors="replace").strip()
