"""What an update tells about the versions in between."""

import subprocess
from typing import TYPE_CHECKING, NoReturn

import pytest

from django_strict import update
from tests.helpers.repository import git

if TYPE_CHECKING:
    from pathlib import Path

CHANGELOG = "# Changelog\n\n## [Unreleased]\n"


@pytest.fixture
def source(tmp_path: "Path") -> "Path":
    """Make a template whose changelog grows.

    Args:
        tmp_path: Where to put it.

    Returns:
        Its folder.
    """
    folder = tmp_path / "template"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for number in (1, 2, 3):
        text = "".join(
            f"\n## [0.{it}.0]\n\n- News {it}.\n" for it in range(number, 0, -1)
        )
        (folder / "CHANGELOG.md").write_text(CHANGELOG + text)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", f"--message=Version {number}")
        git(folder, "tag", f"v0.{number}.0")
    return folder


def recorded(path: "Path", source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write an answers file, and let the command read it.

    Args:
        path: The file.
        source: Where the template is.
        monkeypatch: Undoes it.
    """
    path.write_text(f"_commit: v0.3.0\n_src_path: {source}\n")
    monkeypatch.setattr(update, "ANSWERS", path)
    monkeypatch.setattr(update, "ROOT", path.parent)


def test_every_version_in_between_is_told(
    source: "Path", tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that was known before, and nothing is left out."""
    recorded(tmp_path / "answers.yml", str(source), monkeypatch)
    # What somebody has told git to show differences with.
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "true")
    told = update.notes("v0.1.0", "v0.3.0")
    assert [line for line in told.splitlines() if line] == [
        *("## [0.3.0]", "- News 3."),
        *("## [0.2.0]", "- News 2."),
    ]
    assert update.notes("v0.3.0", "v0.3.0") == ""


def test_a_template_that_git_cannot_read_is_named(
    tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The update itself has succeeded by then: it goes on, and says where to look."""
    recorded(tmp_path / "answers.yml", "git+/no/such/template", monkeypatch)
    told = update.notes("v0.1.0", "v0.3.0")
    assert told == "They stand in CHANGELOG.md of /no/such/template."


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("gh:org/django-strict", "https://github.com/org/django-strict"),
        ("gl:org/django-strict", "https://gitlab.com/org/django-strict"),
        ("--upload-pack=x", "--upload-pack=x"),
    ],
)
def test_short_addresses_are_written_out(
    source: str, address: str, tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Copier does, and none of them is an option of git's."""
    asked = []

    def refuse(*arguments: str) -> NoReturn:
        """Stand for git.

        Args:
            *arguments: What it is asked.

        Raises:
            subprocess.CalledProcessError: Always.
        """
        asked.append(arguments)
        raise subprocess.CalledProcessError(1, "git", stderr="none")

    recorded(tmp_path / "answers.yml", source, monkeypatch)
    monkeypatch.setattr(update, "git", refuse)
    update.notes("v0.1.0", "v0.3.0")
    ((*_, separator, cloned, _),) = asked
    assert (separator, cloned) == ("--", address)
