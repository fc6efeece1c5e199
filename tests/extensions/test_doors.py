"""Other tools than Copier's own command lead to the same project."""

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.helpers.rendering import files, render
from tests.helpers.repository import ROOT, questions
from tests.workflows.test_rules import judge

if TYPE_CHECKING:
    from pathlib import Path

BACKSTAGE: Final = ROOT / "template.yaml"
SCHEMA: Final = ROOT / "tests" / "extensions" / "backstage.schema.json"
# Copier works these out from the slug and from each other.
COMPUTED: Final = {"database_name", "database_user", "redis_session_db"}
JSON: Final = re.compile(r"^```json\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


def form() -> dict[str, Any]:
    """Read what Backstage asks.

    Returns:
        The properties of all pages but the one for the repository.
    """
    pages = yaml.safe_load(BACKSTAGE.read_text("utf-8"))["spec"]["parameters"][:-1]
    return {name: it for page in pages for name, it in page["properties"].items()}


def test_backstage_accepts_its_template() -> None:
    """The file follows the scaffolder's own schema."""
    judge("check-jsonschema", "--schemafile", str(SCHEMA), str(BACKSTAGE))


def test_backstage_asks_what_copier_asks() -> None:
    """A new question appears in the form, or in the list of those that are computed."""
    asked = questions()
    assert form().keys() == asked.keys() - COMPUTED - {"advanced"}
    for name, field in form().items():
        assert field["description"] == asked[name]["help"]


def test_backstage_renders_the_project_that_copier_renders(
    clone: "Path", tmp_path: "Path"
) -> None:
    """Its action names the answers and has no terminal to ask at: none may be missing."""
    given = {"project_name": "My Project", "project_slug": "my-project"}
    fields = form()
    (step,) = (
        each
        for each in yaml.safe_load(BACKSTAGE.read_text("utf-8"))["spec"]["steps"]
        if each["action"] == "fetch:copier"
    )
    data = []
    for name, value in step["input"]["values"].items():
        text = (
            value
            if name not in fields
            else given.get(name, fields[name].get("default"))
        )
        # As JavaScript writes them.
        data += [
            "--data",
            f"{name}={json.dumps(text) if text in (True, False) else text}",
        ]
    folder = tmp_path / "backstage"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "copier",
            "copy",
            *data,
            str(clone),
            str(folder),
            "--trust",
        ],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert files(folder) == files(render(clone, {}, tmp_path / "copier"))


def test_renovate_accepts_what_the_page_shows(tmp_path: "Path") -> None:
    """The example of docs/updates.md follows Renovate's schema, and its manager is on."""
    (text,) = JSON.findall((ROOT / "docs" / "updates.md").read_text("utf-8"))
    path = tmp_path / "renovate.json"
    path.write_text(text)
    judge("check-jsonschema", "--builtin-schema=vendor.renovate", str(path))
    assert {"copier", "pep621", "dockerfile"} <= set(
        json.loads(text)["enabledManagers"]
    )
