"""Hold every workflow to the same rules."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.helpers.repository import ROOT, TEMPLATE
from tests.helpers.workflows import OWN, PROJECT, workflow

WORKFLOWS: Final = sorted([*OWN.glob("*.yml"), *PROJECT.glob("*.yml")])
USES: Final = re.compile(r"^\s*(?:- )?uses: (?P<action>[^@\s]+)@(?P<rest>.+)$", re.M)
PIN: Final = re.compile(r"[0-9a-f]{40} # v\d+\.\d+\.\d+")
TOOLS: Final = Path(sys.executable).parent


def label(path: Path) -> str:
    """Name a file in the list of tests.

    Args:
        path: The file.

    Returns:
        Its path inside the repository.
    """
    return str(path.relative_to(ROOT))


def judge(*command: str) -> None:
    """Let a tool of this environment judge files.

    Args:
        *command: Name of the tool and its arguments.
    """
    done = subprocess.run(
        [TOOLS / command[0], *command[1:]],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing() -> None:
    """No injection, no needless right, no unpinned action, no kept credential."""
    judge("zizmor", "--offline", "--pedantic", "--quiet", ".github", "template/.github")


@pytest.mark.parametrize("path", WORKFLOWS, ids=label)
def test_a_workflow_follows_the_schema(path: Path) -> None:
    """GitHub would accept the file."""
    judge("check-jsonschema", "--builtin-schema=vendor.github-workflows", str(path))


def test_a_called_workflow_says_so() -> None:
    """What a release calls is triggered by that, and by a merge queue, too."""
    called = workflow(PROJECT / "release.yml")["jobs"]["ci"]["uses"]
    assert called == "./.github/workflows/ci.yml"
    text = (PROJECT / "ci.yml").read_text().partition("\npermissions:")[0]
    triggers = re.findall(r"(?m)^  (\w+):", text)
    assert {"merge_group", "workflow_call"} <= set(triggers)


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("vendor.dependabot", OWN.parent / "dependabot.yml"),
        ("vendor.dependabot", PROJECT.parent / "dependabot.yml"),
    ],
)
def test_a_form_follows_its_schema(schema: str, path: Path) -> None:
    """GitHub would accept it."""
    judge("check-jsonschema", f"--builtin-schema={schema}", str(path))


def test_the_hook_is_one_that_pre_commit_accepts() -> None:
    """The rendered configuration calls the gate."""
    path = TEMPLATE / ".pre-commit-config.yaml"
    judge("pre-commit", "validate-config", str(path))
    assert "entry: uv run poe check\n" in path.read_text()


@pytest.mark.parametrize("path", WORKFLOWS, ids=label)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """A moved tag changes nothing; the comment says which version it was."""
    for used in USES.finditer(path.read_text()):
        assert PIN.fullmatch(used["rest"]), used[0]


def test_an_action_has_one_pin_everywhere() -> None:
    """Nobody updates half of the workflows."""
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for used in USES.finditer(path.read_text()):
            pins.setdefault(used["action"], set()).add(used["rest"])
    assert {action for action, found in pins.items() if len(found) > 1} == set()
    assert pins.keys() == {
        "actions/attest",
        "actions/checkout",
        "actions/download-artifact",
        "actions/upload-artifact",
        "anchore/scan-action",
        "astral-sh/setup-uv",
    }


@pytest.mark.parametrize("path", WORKFLOWS, ids=label)
def test_a_job_has_few_rights_and_an_end(path: Path) -> None:
    """Rights are given to each job by itself, and none runs for hours."""
    content = workflow(path)
    assert content["permissions"] == {}
    for job in content["jobs"].values():
        # A workflow that is called has its own.
        assert "uses" in job or 0 < job["timeout-minutes"] <= 45
        assert job["permissions"]["contents"] in {"read", "write"}
        assert job["name"]


@pytest.mark.parametrize("path", sorted(PROJECT.glob("*.yml")), ids=label)
def test_a_projects_workflow_lies_where_a_bootstrap_needs_it(path: Path) -> None:
    """GitHub's token cannot push workflows, so they are there already, answer-free."""
    assert (OWN / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "path", [*sorted(PROJECT.glob("*.yml")), OWN / "use-template.yml"], ids=label
)
def test_a_projects_workflow_never_runs_in_the_template(path: Path) -> None:
    """Every job asks first whether the repository is a template, or needs one that does."""
    jobs = workflow(path)["jobs"]
    for first in jobs.values():
        while "needs" in first:
            first = jobs[first["needs"]]  # noqa: PLW2901
        assert "!github.event.repository.is_template" in first["if"]


def test_ci_uses_the_servers_of_the_specification() -> None:
    """Tests run on PostgreSQL 16.11 and Redis 7.2.7."""
    services = workflow(PROJECT / "ci.yml")["jobs"]["test"]["services"]
    images = {name: service["image"] for name, service in services.items()}
    assert images == {"postgres": "postgres:16.11", "redis": "redis:7.2.7-alpine"}
