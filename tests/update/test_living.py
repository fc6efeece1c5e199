"""Update living projects from every version: by hops, and at once to the newest."""

import secrets
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.helpers.project import Project
from tests.helpers.repository import configuration, git
from tests.update.updating import ANSWERS, tracked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.update.updating import Outcome, Workshop

# What the API has been: a project keeps the files of the first version that had them, and
# `poe update` writes the document again.
OF_THE_API = {"openapi.yaml", "docs/api-changes.md"}


@pytest.fixture(scope="session", params=["hops", "jumps"])
def outcomes(request: pytest.FixtureRequest) -> "dict[str, Outcome]":
    """Run every test for both ways to the newest version.

    Args:
        request: Names the way.

    Returns:
        The outcomes by the version that the project came from.
    """
    found: dict[str, Outcome] = request.getfixturevalue(request.param)
    return found


def kept_once_rendered(name: str) -> bool:
    """Tell whether an update leaves a file alone although the template has it.

    Args:
        name: Its path in the project.

    Returns:
        True for migrations and for what the API has been.
    """
    return "/migrations/" in name or name in OF_THE_API


def test_no_line_of_the_user_is_lost(outcomes: "dict[str, Outcome]") -> None:
    """Whatever a user added to a file is there after the update."""
    lost = {
        (tag, name): lines
        for tag, outcome in outcomes.items()
        for name in outcome.touched
        if (lines := outcome.lost(name))
    }
    assert lost == {}


def test_only_real_conflicts_are_marked(outcomes: "dict[str, Outcome]") -> None:
    """Files are marked where both sides changed the same lines, and nowhere else."""
    for tag, outcome in outcomes.items():
        needless = {
            name
            for name in outcome.marked
            if name not in outcome.old or not outcome.merged(name)[1]
        }
        assert needless == set(), tag


def test_a_marked_file_is_unmerged_for_git(jumps: "dict[str, Outcome]") -> None:
    """What the closing message tells to ask git names exactly the marked files."""
    for outcome in jumps.values():
        assert "git diff --name-only --diff-filter=U" in outcome.message
        assert not [name for name in outcome.marked if name.endswith(".rej")]


def test_what_the_user_left_alone_equals_a_fresh_copy(
    outcomes: "dict[str, Outcome]",
) -> None:
    """Nothing of the old version is left, and nothing of the new one is missing."""
    for tag, outcome in outcomes.items():
        untouched = (outcome.after.keys() | outcome.new.keys()) - outcome.touched
        different = {
            name
            for name in untouched
            if outcome.after.get(name) != outcome.new.get(name)
            and not (kept_once_rendered(name) and name in outcome.before)
        }
        assert different - {ANSWERS, "uv.lock"} == set(), tag


def test_what_only_the_user_has_is_left_alone(outcomes: "dict[str, Outcome]") -> None:
    """Own files stay as they are, and deleted ones stay deleted."""
    for tag, outcome in outcomes.items():
        own = {name for name in outcome.touched if name not in outcome.new}
        own |= {name for name in outcome.touched if name not in outcome.before}
        changed = {
            name
            for name in own
            if name not in outcome.old or name not in outcome.before
            if outcome.after.get(name) != outcome.before.get(name)
        }
        assert changed == set(), tag


def test_changes_of_both_sides_are_merged(outcomes: "dict[str, Outcome]") -> None:
    """A file that both changed in different places has both changes."""
    for tag, outcome in outcomes.items():
        for name in outcome.touched & outcome.old.keys() & outcome.new.keys():
            if name in outcome.before and name not in outcome.marked:
                assert outcome.after[name] == outcome.merged(name)[0], (tag, name)


def test_the_answers_are_complete(outcomes: "dict[str, Outcome]") -> None:
    """The answers file is the one that a fresh copy would have."""
    for tag, outcome in outcomes.items():
        assert outcome.after[ANSWERS] == outcome.new[ANSWERS], tag
    newest = yaml.safe_load(outcome.after[ANSWERS])
    asked = {name for name in configuration() if not name.startswith("_")}
    assert newest.keys() == asked | {"_commit", "_src_path", "support_page"}


def test_a_second_update_changes_nothing(
    workshop: "Workshop", hops: "dict[str, Outcome]"
) -> None:
    """A project of the newest version stays as it is."""
    folder = next(iter(hops.values())).folder
    workshop.update(folder, workshop.versions.newest)
    assert git(folder, "status", "--porcelain") == ""


def test_after_every_hop_the_project_is_the_same(
    longest: "Outcome", hops: "dict[str, Outcome]"
) -> None:
    """Step by step or at once: a user ends with the same project."""
    folders = (next(reversed(hops.values())).folder, longest.folder)
    # Versions that did not keep what is kept now are on the way, or are not.
    stepwise, at_once = (
        {
            name: text
            for name, text in tracked(folder).items()
            if name != "uv.lock" and not kept_once_rendered(name)
        }
        for folder in folders
    )
    assert stepwise == at_once


def test_the_oldest_project_passes_the_newest_gate(
    workshop: "Workshop", longest: "Outcome", environment_folder: "Path"
) -> None:
    """After the longest jump, with all of the user's changes, gate and tests pass."""
    project = Project(longest.folder, environment_folder)
    project.run("uv", "lock", "--quiet")
    if not workshop.versions.released:
        # Until the first release, a migration that the project has may be rewritten.
        local = {
            "DJANGO_ENVIRONMENT": "local",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
        }
        command = ("uv", "run", "poe", "manage", "makemigrations", "users")
        project.run(*command, extra=local)
        project.run("uv", "run", "poe", "fix")
        # Old tables get the indexes of new ones, which lock a table that is in use (DS018).
        git(project.folder, "add", "--all")
        git(project.folder, "commit", "--quiet", "--message=Update")
    assert "passed" in project.run("uv", "run", "poe", "check")
    assert "hello" in project.run("uv", "run", "poe", "hello")
    tests = "apps/orders", "tests/test_settings.py"
    assert " passed" in project.run("uv", "run", "pytest", "--no-cov", *tests)
