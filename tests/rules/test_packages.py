"""An installed rule that was edited, deleted or added is noticed."""

from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.project import Project
from tests.helpers.repository import git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STEP: Final = ("poe", "check", "--only", "packages")
RULES: Final = "django_strict/rules"


@pytest.fixture(scope="module")
def installed(runnable: Project) -> "Path":
    """Find what is installed in the project's environment."""
    (folder,) = runnable.environment_folder.glob("lib/python*/site-packages")
    return folder


@pytest.fixture
def security(installed: "Path") -> "Iterator[Path]":
    """Lend the file of a rule, and put it back; the installer's cache shares it."""
    file = installed / RULES / "security.py"
    kept = file.rename(file.with_suffix(".kept"))
    file.write_bytes(kept.read_bytes())
    kept = kept.rename(installed / "security.kept")
    yield file
    kept.rename(file)


def judged(project: Project) -> str:
    """Run the gate's step."""
    return project.run("uv", "run", "--no-sync", *STEP, check=False)


def test_an_untouched_package_is_the_locked_wheel(runnable: Project) -> None:
    """The gate's step is green."""
    assert "ok    packages" in judged(runnable)


def test_an_edited_rule_is_named(runnable: Project, security: "Path") -> None:
    """With the command that restores it."""
    text = security.read_text("utf-8")
    security.write_text(text.replace("if name not in options", "if False"), "utf-8")
    output = judged(runnable)
    assert "FAIL  packages" in output
    assert f"{RULES}/security.py was edited" in output
    assert "uv sync --reinstall-package django-strict" in output


def test_a_deleted_rule_is_named(runnable: Project, installed: "Path") -> None:
    """A file that nothing imports any more falls silent, but not here."""
    file = installed / RULES / "api.py"
    kept = file.rename(installed / "api.kept")
    try:
        assert f"{RULES}/api.py is missing" in judged(runnable)
    finally:
        kept.rename(file)


def test_an_added_rule_is_named(runnable: Project, installed: "Path") -> None:
    """Rules of one's own stand in the project, where people see them."""
    file = installed / RULES / "x.py"
    file.write_text('"""Nothing."""\n')
    try:
        assert f"{RULES}/x.py was added" in judged(runnable)
    finally:
        file.unlink()


def test_a_record_that_was_adapted_is_noticed(
    runnable: Project, security: "Path", installed: "Path"
) -> None:
    """What counts is the wheel's own."""
    (record,) = installed.glob("django_strict-*.dist-info/RECORD")
    kept = record.rename(installed / "RECORD.kept")
    security.write_text('"""Nothing."""\n')
    lines = kept.read_text().splitlines()
    record.write_text("\n".join(line for line in lines if "security.py" not in line))
    try:
        output = judged(runnable)
    finally:
        kept.rename(record)
    assert f"{RULES}/security.py was edited" in output
    assert "its RECORD is not that of vendor/django_strict-" in output


def test_a_wheel_that_is_not_the_locked_one_is_noticed(runnable: Project) -> None:
    """Its hash stands in uv.lock."""
    (wheel,) = runnable.folder.glob("vendor/django_strict-*.whl")
    before = wheel.read_bytes()
    wheel.write_bytes(before + b"\0")
    try:
        output = judged(runnable)
    finally:
        wheel.write_bytes(before)
    assert f"vendor/{wheel.name} is not the wheel that uv.lock locks" in output


def test_a_member_of_a_workspace_is_judged_by_its_lock(
    runnable: Project, tmp_path: "Path"
) -> None:
    """The lock lies in the folder above, and images need one beside the project."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.uv.workspace]\nmembers = ["shop"]\n'
    )
    git(tmp_path, "clone", "--quiet", str(runnable.folder), "shop")
    project = Project(tmp_path / "shop", runnable.environment_folder)
    (project.folder / "uv.lock").unlink()
    project.run("uv", "lock", "--quiet")
    assert "ok    packages" in judged(project)
    (wheel,) = project.folder.glob("vendor/django_strict-*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    assert "is not the wheel that uv.lock locks" in judged(project)
    output = project.run("uv", "run", "--no-sync", "poe", "stack", check=False)
    assert 'add it to "exclude" in [tool.uv.workspace]' in output
