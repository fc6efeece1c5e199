"""Updating a project, and judging what came of it."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import copier
from copier import Settings

from tests.helpers.rendering import files
from tests.helpers.repository import git
from tests.update.living import EDITS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.update.versions import Versions

ANSWERS: Final = ".copier-answers.yml"
MARKS: Final = (b"<<<<<<< ", b">>>>>>> ")
type Tree = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An update of a living project.

    Attributes:
        folder: The project.
        old: A fresh copy of the version it came from.
        before: What the user had made of it.
        after: What the update made of that.
        new: A fresh copy of the version it went to.
        message: What Copier printed.
    """

    folder: "Path"
    old: Tree
    before: Tree
    after: Tree
    new: Tree
    message: str

    @property
    def touched(self) -> set[str]:
        """Files that the user changed, added or deleted."""
        names = self.old.keys() | self.before.keys()
        return {name for name in names if self.old.get(name) != self.before.get(name)}

    @property
    def marked(self) -> set[str]:
        """Files with a conflict marker, or beside a rejected patch."""
        return {
            name
            for name, content in self.after.items()
            if name.endswith(".rej")
            or any(line.startswith(MARKS) for line in content.splitlines())
        }

    def merged(self, name: str) -> tuple[bytes, bool]:
        """Merge a file as a person with git would.

        Args:
            name: A file that is on all three sides.

        Returns:
            The result, and whether both sides changed the same lines.
        """
        sides = {"mine": self.before, "base": self.old, "theirs": self.new}
        scratch = self.folder.parent / "merge"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        for side, tree in sides.items():
            (scratch / side).write_bytes(tree[name])
        done = subprocess.run(
            ["git", "merge-file", "-p", *sides],
            cwd=scratch,
            check=False,
            capture_output=True,
        )
        return done.stdout, done.returncode != 0

    def lost(self, name: str) -> list[bytes]:
        """Look for lines that the user added and the update dropped.

        Args:
            name: A file the user touched.

        Returns:
            Those lines.
        """
        sides = (self.before, self.old, self.after)
        mine, base, result = (
            Counter(tree.get(name, b"").splitlines()) for tree in sides
        )
        return [line for line in mine - base if line not in result]


@dataclass(frozen=True)
class Workshop:
    """Fresh copies and living projects of every version, each made once.

    Attributes:
        versions: The template.
        folder: Where to put projects.
        trees: Fresh copies made so far.
    """

    versions: "Versions"
    folder: "Path"
    trees: dict[str, Tree] = field(default_factory=dict)

    def render(self, tag: str, target: "Path", **answers: str | int | bool) -> "Path":
        """Copy a version of the template.

        Args:
            tag: The version.
            target: Where to put the project.
            **answers: Answers that differ from the defaults.

        Returns:
            The project's folder.
        """
        copier.run_copy(
            str(self.versions.folder),
            target,
            data=answers,
            vcs_ref=tag,
            settings=Settings(),
            defaults=True,
            quiet=True,
            unsafe=False,
        )
        return target

    def fresh(self, tag: str) -> Tree:
        """Read a fresh copy of a version.

        Args:
            tag: The version.

        Returns:
            Its files.
        """
        if tag not in self.trees:
            self.trees[tag] = files(self.render(tag, self.folder / f"fresh-{tag}"))
        return self.trees[tag]

    def living(self, tag: str, name: str) -> "Path":
        """Make a project that somebody lives in.

        Args:
            tag: Version of the template that it starts with.
            name: Name of its folder.

        Returns:
            The folder, with everything committed.
        """
        folder = self.render(tag, self.folder / name / "project")
        edit(folder)
        git(folder, "init", "--quiet", "--initial-branch=main")
        commit(folder)
        return folder

    def update(self, folder: "Path", tag: str, *options: str) -> Outcome:
        """Update a project.

        Args:
            folder: The project.
            tag: The version to go to.
            *options: Further options for Copier.

        Returns:
            The outcome.
        """
        before = tracked(folder)
        source = git(self.versions.folder, "tag", "--points-at", answer(folder)).split()
        done = copier_command(folder, "update", "--defaults", f"-r{tag}", *options)
        assert done.returncode == 0, done.stderr
        return Outcome(
            folder=folder,
            old=self.fresh(source[0]),
            before=before,
            after=tracked(folder),
            new=self.fresh(tag),
            message=done.stderr,
        )


def copier_command(folder: "Path", *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Copier in a project as its user would, without trusting the template.

    Args:
        folder: The project.
        *arguments: Command and options.

    Returns:
        How it ended.
    """
    return subprocess.run(
        [sys.executable, "-m", "copier", *arguments],
        cwd=folder,
        env=os.environ | {"COPIER_SETTINGS_PATH": str(folder / "no-settings.yml")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )


def edit(folder: "Path") -> None:
    """Make every change of the user.

    Args:
        folder: The project.
    """
    for change in EDITS:
        change.apply(folder)


def commit(folder: "Path") -> None:
    """Commit everything.

    Args:
        folder: The project.
    """
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=Work")


def answer(folder: "Path") -> str:
    """Read which version of the template a project has.

    Args:
        folder: The project.

    Returns:
        Its tag.
    """
    lines = (folder / ANSWERS).read_text("utf-8").splitlines()
    (found,) = (line for line in lines if line.startswith("_commit: "))
    return found.removeprefix("_commit: ")


def tracked(folder: "Path") -> Tree:
    """Read what a commit of everything would hold.

    Args:
        folder: A project with git.

    Returns:
        Its files.
    """
    listed = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = {name for name in listed.split("\0") if name}
    return {
        name: (folder / name).read_bytes()
        for name in sorted(names)
        if (folder / name).is_file()
    }
