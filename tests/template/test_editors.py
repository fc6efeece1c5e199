"""What editors read of a project, and whether the project keeps to it.

No test starts the container: `devcontainer up` of ``@devcontainers/cli`` did, and its tests
passed inside, but on a stand-in for the image with ``libxml2`` added, which PostgreSQL needs
and the published image is expected to hold.
"""

import configparser
import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def container(rendered: "Path") -> dict[str, Any]:
    """Read the development container: JSON with comments on lines of their own."""
    text = (rendered / ".devcontainer" / "devcontainer.json").read_text("utf-8")
    parsed: dict[str, Any] = json.loads(re.sub(r"(?m)^\s*//.*$", "", text))
    return parsed


def test_every_file_is_as_editorconfig_says(rendered: "Path") -> None:
    """An editor that reads it changes no line that nobody touched."""
    text = (rendered / ".editorconfig").read_text("utf-8")
    rules = configparser.ConfigParser()
    rules.read_string(f"[top]\n{text}")
    assert rules["*"]["end_of_line"] == "lf"
    assert rules.getboolean("*", "insert_final_newline")
    assert rules.getboolean("*", "trim_trailing_whitespace")
    assert rules["*"]["indent_style"] == "space"
    for path in rendered.rglob("*"):
        if path.is_file() and path.suffix != ".whl" and path.stat().st_size:
            content = path.read_bytes().decode(rules["*"]["charset"])
            assert content.endswith("\n"), path
            assert not re.search(r"[ \t\r]\n|^ *\t", content, re.M), path


def test_the_container_has_the_project_s_python(
    rendered: "Path", container: dict[str, Any]
) -> None:
    """Another one would be refused by uv after the image was fetched."""
    metadata = tomllib.loads((rendered / "pyproject.toml").read_text("utf-8"))
    assert ":3.12-" in container["image"]
    assert metadata["project"]["requires-python"] == ">=3.12,<3.13"


def test_the_editor_in_the_container_uses_the_same_tools_as_the_gate(
    rendered: "Path", container: dict[str, Any]
) -> None:
    """Its interpreter is the one that uv makes, its ruff reads the strict file."""
    settings = container["customizations"]["vscode"]["settings"]
    folder = container["containerEnv"]["UV_PROJECT_ENVIRONMENT"]
    assert settings["python.defaultInterpreterPath"] == f"{folder}/bin/python"
    configuration = settings["ruff.configuration"].removeprefix("${workspaceFolder}/")
    assert (rendered / configuration).is_file()
