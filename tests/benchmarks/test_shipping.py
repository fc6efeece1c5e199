"""What is measured is what production has."""

import re
from typing import TYPE_CHECKING

from benchmarks.shipping import ENVIRONMENT, SHIPPED, equip, ship
from tests.helpers.rendering import files
from tests.helpers.repository import TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.project import Project

# Not the project's own: packages, and a list of files that nginx serves.
FURTHER = {".venv", "staticfiles/staticfiles.json"}


def made(folder: "Path", *names: str) -> "Path":
    """Make a project of empty files.

    Args:
        folder: Where to put it.
        *names: Their paths.

    Returns:
        The same folder.
    """
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_what_the_image_copies_is_shipped() -> None:
    """The Dockerfile decides; a new folder there has to be measured too."""
    dockerfile = (TEMPLATE / "Dockerfile.jinja").read_text()
    copied = set(re.findall(r"^COPY --from=builder /app/(\S+) ", dockerfile, re.M))
    assert copied - {"staticfiles"} == FURTHER | set(SHIPPED)


def test_neither_tools_nor_tests_are_shipped(tmp_path: "Path") -> None:
    """As in the image, from which .dockerignore keeps them."""
    shipped = {"manage.py", "config/urls.py", "apps/core/apps.py"}
    further = ("devtools/apps.py", "apps/core/tests/test_a.py", "tests/test_b.py")
    source = made(tmp_path / "project", *shipped, *further)
    assert files(ship(source, tmp_path / "shipped")).keys() == shipped


def test_shipping_again_brings_what_is_new(tmp_path: "Path") -> None:
    """An app that was added is served."""
    source = made(tmp_path / "project", "manage.py", "config/urls.py", "apps/a.py")
    ship(source, tmp_path / "shipped")
    (source / "config" / "urls.py").write_text("changed")
    made(source, "apps/b/apps.py")
    shipped = files(ship(source, tmp_path / "shipped"))
    assert shipped["config/urls.py"] == b"changed"
    assert "apps/b/apps.py" in shipped


def test_packages_are_those_of_the_image(project: "Project", tmp_path: "Path") -> None:
    """Those of development would make a worker larger than it is in production."""
    equip(project, tmp_path)
    (packages,) = tmp_path.glob(f"{ENVIRONMENT}/lib/python*/site-packages")
    assert (packages / "gunicorn").is_dir()
    assert not (packages / "_pytest").exists()
    assert project.changes() == ""
