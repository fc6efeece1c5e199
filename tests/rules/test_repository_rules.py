"""Break the rules about the project's other files."""

from typing import TYPE_CHECKING

import pytest

from django_strict.rules.engine import check, findings
from django_strict.rules.files import Project
from tests.helpers.repository import git
from tests.rules.breaks import Edited, proofs
from tests.rules.hidden_file_breaks import FINE_FILES, HIDDEN_FILE_BREAKS
from tests.rules.repository_breaks import REPOSITORY_BREAKS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rules.breaks import Break


def broken(folder: "Path") -> set[str]:
    """Judge a project.

    Args:
        folder: The project.

    Returns:
        Ids of the rules it breaks.
    """
    return {finding.rule for finding in check(folder)}


def test_a_fresh_project_breaks_no_rule(files: "Path") -> None:
    """What the template renders is green."""
    assert check(files) == []


@pytest.mark.parametrize("change", proofs([*REPOSITORY_BREAKS, *HIDDEN_FILE_BREAKS]))
def test_a_broken_rule_is_found(change: "Break", files: "Path") -> None:
    """The edit breaks the rule."""
    with Edited(files, change):
        found = findings("Project", Project(files))
    assert change.rule in {finding.rule for finding in found}


@pytest.mark.parametrize("change", FINE_FILES, ids=lambda change: change.shape)
def test_what_is_close_by_and_right_is_left_alone(
    change: "Break", files: "Path"
) -> None:
    """The rules of the edits above find nothing."""
    with Edited(files, change):
        assert findings("Project", Project(files)) == []


@pytest.mark.proves("DS056")
def test_a_committed_secret_is_found(files: "Path", tmp_path: "Path") -> None:
    """DS056: git must not track an .env file, wherever it lies."""
    git(files, "init", "--quiet")
    (files / ".env").write_text("DJANGO_SECRET_KEY=x\n")
    try:
        assert "DS056" not in broken(files)
        git(files, "add", "--force", ".env")
        assert "DS056" in broken(files)
    finally:
        git(files, "rm", "--quiet", "--cached", ".env")
        (files / ".env").unlink()


def test_a_service_on_another_host_needs_no_container(files: "Path") -> None:
    """Who answered with hosts of their own has neither db nor redis in the stack."""
    compose = files / "docker-compose.yml"
    project = files / "config" / "project.toml"
    before = compose.read_text(), project.read_text()
    try:
        compose.write_text(before[0].replace("\n  db:\n", "\n  elsewhere:\n"))
        assert "DS096" in broken(files)
        project.write_text(before[1].replace('host = "db"', 'host = "pg.example.com"'))
        assert "DS096" not in broken(files)
    finally:
        compose.write_text(before[0])
        project.write_text(before[1])


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("Dockerfile", "python:3.12.12-slim-bookworm"),
        ("Dockerfile", "gcr.io/distroless/python3-debian12:nonroot"),
        ("Dockerfile", "ghcr.io/astral-sh/uv:latest"),
        ("docker-compose.yml", "postgres:16.11"),
        ("docker-compose.yml", "nginx:stable-alpine"),
    ],
)
def test_an_image_may_be_fixed_by_its_digest(
    files: "Path", name: str, image: str
) -> None:
    """The tag stays the specified one, which the gate still judges."""
    digest = f"@sha256:{'0' * 64}"
    path = files / name
    before = path.read_text()
    assert image in before
    try:
        path.write_text(before.replace(image, f"{image}{digest}"))
        assert check(files) == []
        path.write_text(before.replace(image, f"example/other:1{digest}"))
        assert broken(files)
    finally:
        path.write_text(before)
