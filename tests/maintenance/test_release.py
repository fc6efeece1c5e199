"""Release a version, and be refused with a sentence when something disagrees."""

import shutil
from typing import TYPE_CHECKING, Final

import pytest

from maintenance import changelog, release
from tests.helpers.repository import ROOT, git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHANGELOG: Final = """# Changelog

## [Unreleased]

## [1.2.0] - 2026-11-30

### Added

- A thing.

### By hand

Nothing.

## [1.1.0] - 2026-11-01

### By hand

Nothing.
"""


@pytest.fixture
def ready(tmp_path: "Path") -> "Path":
    """Make a repository in which everything agrees on version 1.2.0.

    Args:
        tmp_path: Where to put it.

    Returns:
        Its folder, committed.
    """
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "docs" / "conformance.md").write_text("Of django-strict 1.2.0.\n")
    (tmp_path / "docs" / "updates.md").write_text("\n| 1.2.0 | kept |\n")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "config", "user.name", "Tests")
    git(tmp_path, "config", "user.email", "tests@example.com")
    git(tmp_path, "config", "tag.gpgsign", "false")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=Ready")
    return tmp_path


@pytest.fixture(autouse=True)
def current_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the generated pages as they are; their own tests judge them.

    Args:
        monkeypatch: Replaces the renderer.
    """
    monkeypatch.setattr(release, "render_pages", lambda _: {})


def test_a_ready_version_is_tagged(
    ready: "Path", capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says how to publish the tag."""
    assert release.main(["1.2.0"], root=ready) == 0
    assert git(ready, "tag") == "v1.2.0\n"
    assert "git push origin main v1.2.0" in capsys.readouterr().out


def test_a_release_brings_wheels_of_its_version(
    ready: "Path", capsys: pytest.CaptureFixture[str]
) -> None:
    """A lock would hold another one's hash under the same name."""
    package = ready / "packages" / "django-strict"
    package.mkdir(parents=True)
    (package / "pyproject.toml").write_text('[project]\nversion = "1.1.0"\n')
    assert release.main(["1.2.0", "--check"], root=ready) == 1
    said = capsys.readouterr().out
    assert "packages/django-strict/pyproject.toml: the version is 1.1.0" in said


def test_a_check_writes_notes_and_no_tag(ready: "Path", tmp_path: "Path") -> None:
    """The workflow publishes what the changelog says about the version."""
    notes = tmp_path / "notes.md"
    assert release.main(["1.2.0", "--check", "--notes", str(notes)], root=ready) == 0
    assert notes.read_text() == "### Added\n\n- A thing.\n\n### By hand\n\nNothing.\n"
    assert git(ready, "tag") == ""


def replace(path: str, old: str, new: str) -> "Callable[[Path], None]":
    """Make a change of a file.

    Args:
        path: The file.
        old: What it holds.
        new: What it shall hold instead.

    Returns:
        The change.
    """

    def change(root: "Path") -> None:
        """Replace a piece of one file."""
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            replace("CHANGELOG.md", "ed]\n", "ed]\n\n- More.\n"),
            "[Unreleased] must be there and empty",
        ),
        (replace("CHANGELOG.md", "[1.2.0]", "[1.3.0]"), "the newest version must be"),
        (
            replace("CHANGELOG.md", "0] - 2026-11-30", "0]"),
            "the newest version must be",
        ),
        (
            replace("CHANGELOG.md", "thing.\n\n### By hand", "thing.\n\n### By foot"),
            "must say under '### By hand'",
        ),
        (replace("pyproject.toml", "1.2.0", "1.1.0"), "the version is 1.1.0"),
        (replace("docs/conformance.md", "1.2.0", "1.1.0"), "does not speak of"),
        (lambda root: (root / "docs/conformance.md").unlink(), "is missing"),
        (replace("docs/updates.md", "1.2.0", "1.1.0"), "has no row for 1.2.0"),
    ],
)
def test_a_version_that_something_contradicts_is_refused(
    ready: "Path",
    capsys: pytest.CaptureFixture[str],
    change: "Callable[[Path], None]",
    sentence: str,
) -> None:
    """The sentence names the file, and nothing is tagged."""
    change(ready)
    git(ready, "commit", "--quiet", "--all", "--message=Contradict")
    assert release.main(["1.2.0"], root=ready) == 1
    assert sentence in capsys.readouterr().out
    assert git(ready, "tag") == ""


def test_a_stale_page_is_refused(
    ready: "Path", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The generated pages belong to the release."""
    page = ready / "docs" / "decisions" / "README.md"
    monkeypatch.setattr(release, "render_pages", lambda _: {page: "Other.\n"})
    assert release.main(["1.2.0"], root=ready) == 1
    assert "docs/decisions/README.md is out of date" in capsys.readouterr().out


def test_uncommitted_work_is_refused(
    ready: "Path", capsys: pytest.CaptureFixture[str]
) -> None:
    """A tag names what is committed."""
    (ready / "new.txt").write_text("New.\n")
    assert release.main(["1.2.0"], root=ready) == 1
    assert "uncommitted changes" in capsys.readouterr().out


def test_a_tag_is_set_once(ready: "Path", capsys: pytest.CaptureFixture[str]) -> None:
    """A published version never changes."""
    assert release.main(["1.2.0"], root=ready) == 0
    assert release.main(["1.2.0"], root=ready) == 1
    assert "v1.2.0 is there already" in capsys.readouterr().out
    assert release.main(["1.2.0", "--check"], root=ready) == 0


@pytest.mark.parametrize("version", ["v1.2.0", "1.2", "1.2.0rc1", "1.2.0\n"])
def test_what_is_no_version_is_refused(
    ready: "Path", capsys: pytest.CaptureFixture[str], version: str
) -> None:
    """Three numbers, so that Copier can order them."""
    assert release.main([version], root=ready) == 1
    assert "is no version" in capsys.readouterr().out


def test_every_version_of_the_changelog_speaks_to_those_who_update() -> None:
    """Each says what an update leaves to people."""
    found = changelog.sections((ROOT / "CHANGELOG.md").read_text())
    assert found[0].version == changelog.UNRELEASED
    for section in found[1:]:
        assert changelog.BY_HAND in section.text, section.version
        assert section.date
