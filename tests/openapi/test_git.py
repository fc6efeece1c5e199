"""What git refuses is never taken for a project without a history."""

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from django_strict.openapi import history as openapi_history
from tests.helpers.repository import git
from tests.openapi.documents import DOCUMENT, LIST, WITHOUT_POST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.openapi.history import History


def test_a_repository_of_somebody_else_is_red(history: "History") -> None:
    """Git trusts none, as in a container; its own words say what to do."""
    status, output = history.compare(GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert status == 1
    assert "dubious ownership" in output
    assert "safe.directory" in output
    assert "Traceback" not in output


def test_git_speaks_the_language_that_is_understood(
    monkeypatch: pytest.MonkeyPatch, tmp_path: "Path"
) -> None:
    """A repository without a commit is told by words."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    script = "import os; print(os.environ['LC_ALL'])"
    monkeypatch.setattr(openapi_history, "GIT", (sys.executable, "-c", script))
    assert openapi_history.git(tmp_path) == b"C\n"


def test_a_repository_beyond_a_ceiling_is_none(
    history: "History", tmp_path: "Path"
) -> None:
    """Whoever sets the variable wants git to see none."""
    shutil.rmtree(history.folder / ".git")
    git(tmp_path, "init", "--quiet")
    status, output = history.compare(GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert (status, "nothing to compare" in output) == (0, True)


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main", "config"])
def test_a_broken_repository_is_red(history: "History", name: str) -> None:
    """Git says of some that there is none."""
    (history.folder / ".git" / name).write_text("[nothing that git understands")
    status, output = history.compare()
    assert (status, "fatal: " in output) == (1, True)
    assert "Traceback" not in output


def test_a_worktree_whose_repository_is_gone_is_red(history: "History") -> None:
    """Its history is not lost, it lies elsewhere."""
    shutil.rmtree(history.folder / ".git")
    (history.folder / ".git").write_text("gitdir: /nowhere\n")
    status, output = history.compare()
    assert (status, "/nowhere" in output) == (1, True)


@pytest.mark.parametrize("lost", ["HEAD", "HEAD^{tree}", "HEAD:openapi.yaml"])
def test_a_lost_object_is_red(history: "History", lost: str) -> None:
    """A file that cannot be read is not one that was never there."""
    name = history.git("rev-parse", lost).strip()
    path = history.folder / ".git" / "objects" / name[:2] / name[2:]
    path.unlink()
    status, output = history.compare()
    assert (status, "fatal: " in output) == (1, True)


def test_a_lost_commit_before_the_last_is_red(history: "History") -> None:
    """It is no first commit."""
    before = history.git("rev-parse", "HEAD").strip()
    history.commit(WITHOUT_POST)
    (history.folder / ".git" / "objects" / before[:2] / before[2:]).unlink()
    assert history.compare(API_BASE="HEAD^")[0] == 1


def test_a_named_repository_that_is_none_is_red(
    history: "History", tmp_path: "Path"
) -> None:
    """Who names one has a history."""
    shutil.rmtree(history.folder / ".git")
    ceiling = {"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    status, output = history.compare(GIT_DIR="/nonexistent", **ceiling)
    assert (status, "/nonexistent" in output) == (1, True)


def test_a_hook_of_git_compares_the_project(
    history: "History", tmp_path: "Path"
) -> None:
    """It names the repository, and means its top, where the project need not lie."""
    shutil.rmtree(history.folder / ".git")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=All")
    history.write(WITHOUT_POST)
    status, output = history.compare(GIT_DIR=str(tmp_path / ".git"))
    assert (status, f"POST {LIST} is gone" in output) == (1, True)


def test_a_commit_without_the_file_is_no_failure(history: "History") -> None:
    """As before the document came."""
    history.git("rm", "--quiet", "--cached", "openapi.yaml")
    history.git("commit", "--quiet", "--message=Before")
    history.write(DOCUMENT)
    status, output = history.compare()
    assert (status, "nothing to compare" in output) == (0, True)
