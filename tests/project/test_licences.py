"""``poe licences`` lists what a deployment installs, for people and in CycloneDX."""

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.project import Project

COMMAND: Final = ("uv", "run", "--quiet", "poe", "--quiet", "licences")


@pytest.fixture(scope="module")
def listed(
    project: "Project", tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], "Path"]:
    """Run the command once.

    Args:
        project: The project.
        tmp_path_factory: Where the bill of materials goes.

    Returns:
        Licences by package, and the bill's file.
    """
    path = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    output = project.run(*COMMAND, "--sbom", str(path))
    rows = [re.split(r" {2,}", line, maxsplit=2) for line in output.splitlines()]
    assert project.changes() == ""
    return {name: licence for name, _, licence in rows}, path


def shipped(project: "Project") -> set[str]:
    """Follow the lock file from the project, as an image build does.

    Args:
        project: The project.

    Returns:
        Names of the packages that a deployment on CPython installs.
    """
    lock = tomllib.loads((project.folder / "uv.lock").read_text())
    packages: dict[str, dict[str, Any]] = {it["name"]: it for it in lock["package"]}
    found = set[str]()
    waiting: list[tuple[str, tuple[str, ...]]] = [("my-project", ())]
    while waiting:
        name, extras = waiting.pop()
        package = packages[name]
        wanted = list(package.get("dependencies", ()))
        for extra in extras:
            wanted += package.get("optional-dependencies", {}).get(extra, ())
        for it in wanted:
            if it["name"] not in found or it.get("extra"):
                found.add(it["name"])
                waiting.append((it["name"], tuple(it.get("extra", ()))))
    return found


def test_every_package_of_a_deployment_has_a_licence(
    project: "Project", listed: tuple[dict[str, str], "Path"]
) -> None:
    """All that are shipped, the vendored one too, and no tool of development."""
    licences, _ = listed
    elsewhere = {"colorama", "typing-extensions", "tzdata"}
    assert shipped(project) - elsewhere <= licences.keys() <= shipped(project)
    assert licences["django-strict-asgi"] == "MIT"
    assert licences["psycopg"] == "LGPL-3.0-only"
    assert licences["pyyaml"] == "MIT License"
    assert not [name for name, text in licences.items() if text in {"unknown", ""}]


def test_the_bill_of_materials_is_one_that_tools_read(
    listed: tuple[dict[str, str], "Path"],
) -> None:
    """It follows CycloneDX's own schema, names hashes, and holds the licences, too."""
    licences, path = listed
    text = path.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    components = {it["name"]: it for it in json.loads(text)["components"]}
    assert components.keys() == licences.keys()
    assert all("licenses" in it for it in components.values())
    assert components["django"]["externalReferences"][0]["hashes"]


def test_a_file_that_cannot_be_written_is_said(project: "Project") -> None:
    """Instead of a traceback, and the command fails."""
    output = project.run(*COMMAND, "--sbom", "no/such/folder.json", check=False)
    assert "no/such/folder.json cannot be written" in output
    assert "Traceback" not in output


def test_a_file_of_something_else_is_not_written_over(project: "Project") -> None:
    """A name typed in a hurry may be that of work which no commit holds."""
    file = project.folder / "notes.json"
    file.write_text("mine")
    try:
        said = project.run(*COMMAND, "--sbom", "notes.json", check=False)
        assert (file.read_text(), "name another" in said) == ("mine", True)
    finally:
        file.unlink()
