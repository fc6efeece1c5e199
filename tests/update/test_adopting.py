"""Follow `docs/adopting.md` with projects that exist already."""

import re
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.project import Project
from tests.helpers.repository import ROOT, git
from tests.update.living import add_app, rename_section
from tests.update.updating import ANSWERS, answer, commit, tracked
from tests.update.versions import NEXT, PRESENT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.update.updating import Workshop

BLOCK: Final = re.compile(r"^```sh\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def blocks(workshop: "Workshop") -> list[str]:
    """Read the commands of the page, for the template of these tests.

    Args:
        workshop: Knows where that template is.

    Returns:
        The code of each block, in order.
    """
    text = (ROOT / "docs" / "adopting.md").read_text("utf-8")
    copier = f"{sys.executable} -m copier copy --defaults"
    return [
        found["code"]
        .replace("uvx copier copy", copier)
        .replace("--overwrite gh:", f"--overwrite --vcs-ref {PRESENT} gh:")
        .replace("VERSION=HEAD", f"VERSION={PRESENT}")
        .replace("gh:org/django-strict", str(workshop.versions.folder))
        for found in BLOCK.finditer(text)
    ]


def start(folder: "Path", environment_folder: "Path") -> Project:
    """Put a folder under git.

    Args:
        folder: The folder.
        environment_folder: Virtual environment to use.

    Returns:
        The project, committed.
    """
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", "Tests")
    git(folder, "config", "user.email", "tests@example.com")
    commit(folder)
    return Project(folder, environment_folder)


@pytest.mark.parametrize("git_is", ["told to hide it", "told to overlook it", "away"])
def test_what_no_commit_holds_is_not_copied_over(
    blocks: list[str], environment_folder: "Path", tmp_path: "Path", git_is: str
) -> None:
    """Whether git's status shows it, is told not to, or says nothing at all."""
    (tmp_path / "plan.md").write_text("Grow.\n")
    project = start(tmp_path, environment_folder)
    git(tmp_path, "config", "status.showUntrackedFiles", "no")
    if git_is == "told to overlook it":
        (tmp_path / "README.md").write_text("# Ours\n")
        commit(tmp_path)
        git(tmp_path, "update-index", "--skip-worktree", "README.md")
    (tmp_path / "README.md").write_text("# Ours\n\nToday's notes.\n")
    if git_is == "away":
        (tmp_path / ".git").rename(tmp_path / "former")
    output = project.run("bash", "-euo", "pipefail", "-c", blocks[0], check=False)
    assert (tmp_path / "README.md").read_text() == "# Ours\n\nToday's notes.\n"
    assert not (tmp_path / "manage.py").exists(), output


def test_a_plain_django_project_adopts_the_template(
    workshop: "Workshop",
    blocks: list[str],
    environment_folder: "Path",
    tmp_path: "Path",
) -> None:
    """Own files survive, the gate passes, and updates come in from then on."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "README.md").write_text("# Ours\n\nTwo years of notes.\n")
    project = start(folder, environment_folder)
    django = ("uvx", "--from", "django>=6.1", "django-admin")
    project.run(*django, "startproject", "config", ".")
    (folder / "notes").mkdir()
    (folder / "notes" / "plan.md").write_text("Grow.\n")
    commit(folder)
    project.run("bash", "-euo", "pipefail", "-c", blocks[0])
    assert (folder / "notes" / "plan.md").read_text() == "Grow.\n"
    assert "Two years of notes." in git(folder, "show", "HEAD:README.md")
    add_app(folder)
    project.run("bash", "-euo", "pipefail", "-c", blocks[1])
    assert git(folder, "status", "--porcelain") == ""
    outcome = workshop.update(folder, NEXT)
    assert outcome.marked == set()
    assert outcome.after["notes/plan.md"] == b"Grow.\n"
    assert answer(folder) == NEXT


def test_a_project_without_answers_gets_them(
    workshop: "Workshop",
    blocks: list[str],
    environment_folder: "Path",
    tmp_path: "Path",
) -> None:
    """Seeded with the answers of its version, it is updated like any other."""
    folder = workshop.render(PRESENT, tmp_path / "project")
    rename_section(folder)
    add_app(folder)
    (folder / ANSWERS).unlink()
    project = start(folder, environment_folder)
    project.run("bash", "-euo", "pipefail", "-c", blocks[2])
    outcome = workshop.update(folder, NEXT)
    assert outcome.marked == set()
    assert b"## How we work here" in tracked(folder)["README.md"]
    assert outcome.after[ANSWERS] == outcome.new[ANSWERS]


def test_the_page_uses_real_file_names(workshop: "Workshop") -> None:
    """Every file that the page tells what to do with is one of the template's."""
    text = (ROOT / "docs" / "adopting.md").read_text("utf-8")
    names = set(re.findall(r"`((?:config/)?[\w.]+\.(?:py|toml|md))`", text))
    assert "config/settings.py" in names
    assert names <= workshop.fresh(PRESENT).keys()
