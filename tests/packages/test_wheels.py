"""A project gets the packages as wheels that are what their sources say."""

import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING, Final

import pytest

from maintenance.packages import PACKAGES, VENDOR, build
from tests.helpers.project import Project
from tests.helpers.rendering import render

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS: Final = sorted(path.parent for path in PACKAGES.glob("*/pyproject.toml"))
LARGEST: Final = 396_000  # bytes, of all wheels together
REBUILD: Final = "`uv run poe packages` builds the wheels again; commit them."
packages = pytest.mark.parametrize("package", FOLDERS, ids=lambda path: path.name)


def wheel_of(package: "Path") -> "Path":
    """Find the wheel of a package.

    Args:
        package: Folder of the package.

    Returns:
        The only wheel of that name, of whatever version.
    """
    (wheel,) = VENDOR.glob(f"{package.name.replace('-', '_')}-[0-9]*.whl")
    return wheel


@pytest.fixture
def locked(clone: "Path", tmp_path: "Path") -> Project:
    """Render a project of its own and lock it.

    Args:
        clone: The template.
        tmp_path: Where to put it, and its virtual environment.

    Returns:
        The project, with an empty environment.
    """
    folder = render(clone, {}, tmp_path / "project")
    return Project(folder, tmp_path / "environment").commit()


@packages
def test_a_wheel_is_what_its_sources_build(package: "Path", tmp_path: "Path") -> None:
    """To the byte, wherever and whenever it is built."""
    built, wheel = build(package, tmp_path), wheel_of(package)
    assert built.name == wheel.name, REBUILD
    assert built.read_bytes() == wheel.read_bytes(), REBUILD


@packages
def test_every_file_of_a_wheel_equals_its_source(package: "Path") -> None:
    """None is missing and none is there besides, whatever builds wheels."""
    source = package / "src"
    expected = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel_of(package)) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        found = {name: archive.read(name) for name in names if name[-1] != "/"}
    assert found == expected, REBUILD


def test_the_wheels_are_small_and_belong_to_a_package_each() -> None:
    """A project carries them in its history."""
    wheels = set(VENDOR.iterdir())
    assert wheels == {wheel_of(package) for package in FOLDERS}
    assert sum(wheel.stat().st_size for wheel in wheels) < LARGEST


@packages
def test_a_tampered_wheel_is_refused(locked: Project, package: "Path") -> None:
    """The lock file holds its hash; a wheel in which one line differs has another.

    Args:
        locked: The project.
        package: Folder of the package.
    """
    wheel = locked.folder / "vendor" / wheel_of(package).name
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            added = b"CHANGED = True\n" if name.endswith("/__init__.py") else b""
            archive.writestr(name, content + added)
    output = locked.run("uv", "sync", check=False)
    assert "Hash mismatch" in output
    assert package.name in output


def test_a_project_is_installed_offline_and_in_another_folder(locked: Project) -> None:
    """Nothing names the folder in which the project was locked."""
    locked.run("uv", "sync", "--frozen")
    moved = locked.folder.rename(locked.folder.with_name("moved here"))
    shutil.rmtree(locked.environment_folder)
    project = Project(moved, locked.environment_folder)
    project.run("uv", "sync", "--frozen", "--offline")
    assert "usage: django-strict" in project.run("uv", "run", "django-strict", "--help")
    assert project.changes() == ""


def test_the_lint_group_needs_no_development_wheel(locked: Project) -> None:
    """The image's gate installs that group alone, and `.dockerignore` may hide a wheel."""
    (wheel,) = (locked.folder / "vendor").glob("django_strict-*.whl")
    wheel.unlink()
    locked.run("uv", "sync", "--frozen", "--only-group", "lint")
    tools = locked.environment_folder / "bin"
    subprocess.run([tools / "ruff", "--version"], check=True, capture_output=True)
    assert not (tools / "django-strict").exists()
