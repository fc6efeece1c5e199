"""The committed document is what the code says, whatever the project is called."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from django_strict.openapi.document import HEADER, to_yaml, unified_diff
from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.repository import git
from tests.openapi.documents import DOCUMENT

if TYPE_CHECKING:
    from pathlib import Path

DRIFT: Final = ("uv", "run", "poe", "check", "--only", "openapi")
CHANGES: Final = ("uv", "run", "poe", "check", "--only", "api changes")
WRITE: Final = ("uv", "run", "poe", "openapi")
VERBS: Final = {
    *("Change", "Close", "Confirm", "Create", "Delete", "Download", "Exchange"),
    *("Have", "List", "Make", "Open", "Replace", "Set", "Show"),
}
SERIALIZERS: Final = "apps/users/serializers.py"


@pytest.fixture(autouse=True)
def _put_back(request: pytest.FixtureRequest) -> Iterator[None]:
    """Undo what a test did to the project.

    Args:
        request: The test.

    Yields:
        Nothing.
    """
    yield
    if "offering" in request.fixturenames:
        project: Project = request.getfixturevalue("offering")
        git(project.folder, "checkout", "--quiet", ".")


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien & Sons: Проект «Ёлка» 日本 🚀 #1 (50%)",
        "true",
        "007",
        "- a: b # c",
        "x" * 200,
        "line\nline",
        'back\\slash and "quotes"',
        "\x85\u2028\ufeff",
    ],
)
def test_any_name_can_be_read_back(name: str) -> None:
    """YAML gives many characters and words a meaning."""
    info = {"title": name, "version": "1.0", "contact": {"name": name}}
    document = {**DOCUMENT, "info": {**info, "description": name}}
    written = to_yaml(document)
    assert written.startswith(HEADER)
    assert yaml.safe_load(written) == document


def test_a_long_difference_is_cut() -> None:
    """The first lines tell enough."""
    lines = unified_diff("", "\n".join(map(str, range(1000)))).splitlines()
    assert len(lines) < 100
    assert lines[-1].endswith("more lines")


def test_a_project_with_a_difficult_name_is_born_current(
    clone: "Path", environment_folder: "Path", tmp_path: "Path"
) -> None:
    """What Copier renders is what the command writes, to the byte."""
    answers = {
        "project_name": "O'Brien & Sons: Проект «Ёлка» 日本 🚀 #1 (50%)",
        "project_description": "C#, 'quoted' & more: 100% #1; a = b / c ~ @d !e ?",
    }
    project = Project(render(clone, answers, tmp_path / "named"), environment_folder)
    project.commit()
    assert "up to date" in project.run(*WRITE)
    assert project.changes() == ""


def test_a_document_that_differs_is_red_with_the_difference(offering: Project) -> None:
    """The message names the command, and the command fixes it."""
    path = offering.folder / "openapi.yaml"
    path.write_text(path.read_text().replace("maxLength: 150", "maxLength: 151"))
    output = offering.run(*DRIFT, check=False)
    assert "FAIL" in output
    assert re.search(r"^-.*maxLength: 151", output, re.MULTILINE)
    assert re.search(r"^\+.*maxLength: 150", output, re.MULTILINE)
    assert "`uv run poe openapi`" in output
    offering.run(*WRITE)
    assert offering.changes() == ""
    assert "passed" in offering.run(*DRIFT)


def test_a_removed_field_is_red_until_somebody_says_why(offering: Project) -> None:
    """First the document differs, then it breaks clients, then a line explains it."""
    source = offering.folder / SERIALIZERS
    source.write_text(source.read_text().replace('            "last_login",\n', ""))
    assert "last_login" in offering.run(*DRIFT, check=False)
    offering.run(*WRITE)
    assert "passed" in offering.run(*DRIFT)
    change = "GET /api/v1/users/{user_id}/: answer 200: last_login is gone"
    output = offering.run(*CHANGES, check=False)
    assert change in output
    file = offering.folder / "docs" / "api-changes.md"
    lines = [line.strip() for line in output.splitlines() if line.endswith(": WHY")]
    file.write_text(
        file.read_text() + "\n".join(lines).replace("WHY", "nobody read it")
    )
    assert "passed" in offering.run(*CHANGES)


def test_a_deleted_document_is_red(offering: Project) -> None:
    """It is the contract; a project cannot be without."""
    (offering.folder / "openapi.yaml").unlink()
    assert "uv run poe openapi" in offering.run(*DRIFT, check=False)


def test_every_command_explains_itself(offering: Project) -> None:
    """With the option and the variable that choose the base."""
    base = ("uv", "run", "python", "-m", "django_strict.openapi")
    assert "compare" in offering.run(*base, "--help")
    shown = offering.run(*base, "compare", "--help")
    assert "--base" in shown
    assert "API_BASE" in shown


def test_summaries_begin_with_a_verb_of_a_closed_list(rendered: "Path") -> None:
    """Who knows the words of one operation understands those of the next."""
    document = yaml.safe_load((rendered / "openapi.yaml").read_text("utf-8"))
    summaries = [
        operation["summary"]
        for item in document["paths"].values()
        for operation in item.values()
    ]
    assert {summary.partition(" ")[0] for summary in summaries} <= VERBS
    assert len(set(summaries)) == len(summaries)


def test_examples_of_errors_say_what_nginx_says(rendered: "Path") -> None:
    """What it refuses by itself, no test of the project meets."""
    document = yaml.safe_load((rendered / "openapi.yaml").read_text("utf-8"))
    nginx = (rendered / "nginx" / "include" / "errors.conf").read_text("utf-8")
    for status in ("408", "414", "431", "503"):
        response = document["components"]["responses"][f"Error{status}"]
        example = response["content"]["application/json"]["example"]
        body = json.dumps(example, separators=(",", ":"))
        assert f"{status} '{body}';" in nginx
