"""A repository that holds every version of the template, past and to come."""

import os
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.repository import ROOT, git, working_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SNAPSHOTS: Final = 3
# What a commit changes that changes a copy.
RENDERED: Final = ("template/", "copier.yml", "questions/")
# Above every real version, so that the newest is always one of these three.
PRESENT: Final = "v1000.0.0"
NEXT: Final = "v1000.1.0"
LATER: Final = "v1000.2.0"


@dataclass(frozen=True, slots=True)
class Versions:
    """A repository like this one, with tags.

    Attributes:
        folder: Where it lies; projects name it as their template.
        tags: Its versions, oldest first; the last is the newest.
        released: Those of them that this repository has published.
    """

    folder: "Path"
    tags: tuple[str, ...]
    released: tuple[str, ...]

    @property
    def newest(self) -> str:
        """The version that an update ends with."""
        return self.tags[-1]

    def content(self, tag: str, path: str) -> str:
        """Read a file of a version.

        Args:
            tag: The version.
            path: "Path" in the repository.

        Returns:
            Its text, empty if that version has no such file.
        """
        listed = git(self.folder, "ls-tree", "--name-only", tag, "--", path)
        return git(self.folder, "show", f"{tag}:{path}") if listed else ""


def published() -> list[str]:
    """List the releases of this repository.

    Returns:
        Their tags, oldest first.
    """
    arguments = ("--list", "v[0-9]*", "--sort=version:refname", "--merged", "HEAD")
    return git(ROOT, "tag", *arguments).split()


def snapshots(end: str) -> list[str]:
    """Choose commits that stand for the time before the first release.

    Args:
        end: The last commit to consider.

    Returns:
        The first commit with a working template, one later and the last.
    """
    history = git(ROOT, "log", "--reverse", "--format=%H", end, "--", *RENDERED)
    needed = {"copier.yml", "template/manage.py", "template/pyproject.toml.jinja"}
    working = [
        commit
        for commit in history.split()
        if needed <= set(git(ROOT, "ls-tree", "-r", "--name-only", commit).split("\n"))
    ]
    last = len(working) - 1
    chosen = {round(last * step / (SNAPSHOTS - 1)) for step in range(SNAPSHOTS)}
    return [working[number] for number in sorted(chosen)]


def require_history() -> None:
    """Skip the test without the repository's history; in CI, fail."""
    if git(ROOT, "rev-parse", "--is-shallow-repository").strip() == "false":
        return
    sentence = "This clone is shallow; run `git fetch --unshallow --tags` first."
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


def build(folder: "Path") -> Versions:
    """Build the repository of all versions.

    Args:
        folder: An empty folder.

    Returns:
        Past versions, the working tree, and two later ones that this module makes up.
    """
    require_history()
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "fetch", "--quiet", "--no-tags", str(ROOT), "HEAD")
    released = published()
    early = enumerate(snapshots(released[0] if released else "HEAD"), start=1)
    past = {f"v0.0.{number}": commit for number, commit in early}
    past |= {tag: git(ROOT, "rev-list", "-1", tag).strip() for tag in released}
    for tag, commit in past.items():
        git(folder, "tag", tag, commit)
    git(folder, "checkout", "--quiet", "-B", "main", "FETCH_HEAD")
    for tag, change in ((PRESENT, present), (NEXT, coming), (LATER, later)):
        change(folder)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--allow-empty", f"--message={tag}")
        git(folder, "tag", tag)
    return Versions(folder, (*past, PRESENT, NEXT, LATER), tuple(released))


def present(folder: "Path") -> None:
    """Replace the content of the repository by that of the working tree.

    Args:
        folder: The repository.
    """
    git(folder, "rm", "-r", "--quiet", "--force", ".")
    for path in working_files():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target)


def rewrite(path: "Path", change: "Callable[[str], str]") -> None:
    """Change a file, and make sure that it did change.

    Args:
        path: The file.
        change: Makes the new text of the old one.
    """
    before = path.read_text("utf-8")
    after = change(before)
    assert after != before, f"{path.name} holds nothing to change"
    path.write_text(after, "utf-8")


def coming(folder: "Path") -> None:
    """Do what a release does: change, add and extend files all over the template.

    Args:
        folder: The repository.
    """
    template = folder / "template"
    for name in ("nginx/include/limits.conf", "docker-compose.yml.jinja"):
        rewrite(template / name, lambda text: "# Revised.\n" + text)
    for name in ("config/settings.py", "apps/core/pagination.py", "config/urls.py"):
        rewrite(
            template / name,
            lambda text: re.sub(r"(?m)^(?=from|import)", "# Revised.\n", text, count=1),
        )
    rewrite(
        template / "pyproject.toml.jinja",
        lambda text: text.replace(
            'dev = [\n    { include-group = "lint" },\n',
            'dev = [\n    { include-group = "lint" },\n    "iniconfig>=2.0.0",\n',
        ),
    )
    rewrite(template / "README.md.jinja", lambda text: text + "\n## Help\n\nAsk.\n")
    rewrite(template / "docs" / "deployment.md", retitle("# Deployment, revised"))
    rewrite(
        folder / "CHANGELOG.md",
        lambda text: text.replace(
            "\n## [", "\n## [1000.1.0] - 3000-01-01\n\n- Help is offered.\n\n## [", 1
        ),
    )
    (template / "docs" / "news.md").write_text("# News\n\nNone yet.\n")


def retitle(title: str) -> "Callable[[str], str]":
    """Make a change of a document's first line.

    Args:
        title: The new first line.

    Returns:
        The change.
    """
    return lambda text: title + "\n" + text.partition("\n")[2]


def later(folder: "Path") -> None:
    """Do what the release after that does: ask more, move and delete files.

    Args:
        folder: The repository.
    """
    template = folder / "template"
    rewrite(
        folder / "copier.yml",
        lambda text: text.replace(
            "\n_message_after_copy",
            "\nsupport_page:\n  ask: false\n  help: Where do users find help?\n"
            "  default: https://{{ domain }}/help\n\n_message_after_copy",
        ),
    )
    (template / "docs" / "news.md").unlink()
    (template / "docs" / "support.md.jinja").write_text(
        "# Help\n\n{{ support_page }}\n"
    )
    rewrite(template / "docs" / "deployment.md", lambda text: text + "\nThe end.\n")
