"""Conflicts, changed answers, and copying again."""

import re
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
import yaml

from tests.helpers.project import Project
from tests.helpers.rendering import files
from tests.helpers.repository import ROOT, configuration, git
from tests.update.updating import ANSWERS, Workshop, commit, copier_command, tracked
from tests.update.versions import LATER, NEXT, PRESENT, retitle, rewrite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.rendering import Answer

DOCUMENT = "docs/deployment.md"
# What people set for themselves, and what programs must not see.
GIT_OF_A_PERSON = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "diff.external",
    "GIT_CONFIG_VALUE_0": "echo",
    "GIT_CONFIG_KEY_1": "color.diff",
    "GIT_CONFIG_VALUE_1": "always",
}


@pytest.fixture
def disputed(workshop: Workshop, tmp_path: "Path") -> "Path":
    """Make a project whose user changed a line that the next version changes too.

    Args:
        workshop: Renders it.
        tmp_path: Where to put it.

    Returns:
        The project's folder, committed.
    """
    folder = workshop.render(PRESENT, tmp_path / "project")
    rewrite(folder / DOCUMENT, retitle("# How we deploy"))
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    return folder


def test_a_conflict_is_marked_named_and_resolved_once(
    workshop: Workshop, disputed: "Path"
) -> None:
    """What a user decided about it holds through the next update."""
    first = workshop.update(disputed, NEXT)
    assert first.marked == {DOCUMENT}
    assert "git diff --name-only --diff-filter=U" in first.message
    assert git(disputed, "diff", "--name-only", "--diff-filter=U").split() == [DOCUMENT]
    text = (disputed / DOCUMENT).read_text()
    assert text.startswith(
        "<<<<<<< before updating\n# How we deploy\n=======\n# Deployment, revised\n"
    )
    rest = first.new[DOCUMENT].decode().partition("\n")[2]
    (disputed / DOCUMENT).write_text("# How we deploy\n" + rest)
    commit(disputed)
    second = workshop.update(disputed, LATER)
    assert second.marked == set()
    text = (disputed / DOCUMENT).read_text()
    assert text == "# How we deploy\n" + rest + "\nThe end.\n"


@pytest.mark.parametrize(
    ("gate", "verdict"),
    [("echo all well", "Passed."), ("false", "Failed:\n\n````text\n")],
)
def test_the_projects_own_command_names_conflicts_and_what_is_next(
    disputed: "Path",
    environment_folder: "Path",
    tmp_path: "Path",
    gate: str,
    verdict: str,
) -> None:
    """`poe update` tells which files to edit, and describes the update in Markdown."""
    project = Project(disputed, environment_folder)
    task = f'check = {{ cmd = "{gate}" }}'
    rewrite(
        disputed / "pyproject.toml",
        lambda text: re.sub(r"(?m)^check = .*", task, text),
    )
    project.run("uv", "sync", "--quiet")
    commit(disputed)
    report = tmp_path / "report.md"
    command = ("uv", "run", "poe", "update", "--report", str(report))
    output = project.run(*command, "--vcs-ref", NEXT, extra=GIT_OF_A_PERSON)
    assert f"    {DOCUMENT}\n" in output
    assert "git add" in output
    assert "- Help is offered." in output
    assert "uv run poe check && uv run poe test" in output
    text = report.read_text()
    assert f"from {PRESENT} to {NEXT}" in text
    assert "- Help is offered." in text
    assert f"- `{DOCUMENT}`" in text
    assert f"## Gate\n\n{verdict}" in text
    assert "name another" in project.run(*command, check=False)
    assert report.read_text() == text


def test_the_projects_own_command_looks_for_a_newer_version(
    workshop: Workshop, environment_folder: "Path", tmp_path: "Path"
) -> None:
    """It exits with 2 when there is one, and with 0 when there is none."""
    project = Project(
        workshop.render(PRESENT, tmp_path / "project"), environment_folder
    ).commit()
    look = "uv run poe update --check; echo status $?"
    output = project.run("bash", "-c", look)
    assert f"{LATER.removeprefix('v')} is out" in output
    assert "status 2" in output
    project.run("uv", "run", "poe", "update")
    output = project.run("bash", "-c", look)
    assert "is the newest version" in output
    assert "status 0" in output


def test_the_projects_own_command_describes_the_api_anew(
    workshop: Workshop, environment_folder: "Path", tmp_path: "Path"
) -> None:
    """Whatever stood in the project's document; Copier leaves the file alone."""
    project = Project(
        workshop.render(PRESENT, tmp_path / "project"), environment_folder
    )
    document = project.folder / "openapi.yaml"
    current = document.read_text()
    rewrite(document, lambda text: text.replace("maxLength: 150", "maxLength: 151"))
    project.commit()
    project.run("uv", "run", "poe", "update", "--data", "project_name=Renamed")
    assert document.read_text() == current.replace('"My Project"', '"Renamed"')


@pytest.mark.parametrize(
    ("end", "is_committed"),
    [("kill -9 $PPID", False), ("kill -9 $PPID", True), ("exit 1", False)],
    ids=["killed", "committed", "failed"],
)
def test_an_update_that_broke_off_says_how_to_get_back(
    disputed: "Path", environment_folder: "Path", end: str, *, is_committed: bool
) -> None:
    """For a moment the template's files lie there, and nothing tells what is missing.

    So it is where a disk is full, or the template has a file where a folder of mine is.
    """
    project = Project(disputed, environment_folder)
    project.run("uv", "sync", "--quiet")
    commit(disputed)
    mine = (disputed / DOCUMENT).read_text()
    # In the place of Copier: it begins as Copier does, and ends too early.
    program = environment_folder / "bin" / "uvx"
    program.write_text(
        f"#!/bin/sh\nsed -i s/_commit:.*/_commit:\\ {NEXT}/ {ANSWERS}\n"
        f"echo theirs > {DOCUMENT}\necho new > new.txt\n{end}\n"
    )
    program.chmod(0o755)
    update = ("uv", "run", "poe", "update")
    try:
        said = project.run(*update, check=False)
    finally:
        program.unlink()
    assert ("The last update broke off" in said) is (end == "exit 1")
    if is_committed:
        commit(disputed)
    said = project.run(*update, check=False)
    assert "The last update broke off" in said
    (first, *_) = re.findall(r"`(git .*?)`", said)
    if is_committed:
        assert DOCUMENT in project.run("bash", "-c", f"{first} --name-only")
        return
    project.run("bash", "-c", first)
    assert (disputed / DOCUMENT).read_text() == mine
    output = project.run(*update, "--vcs-ref", NEXT, check=False)
    assert f"    {DOCUMENT}\n" in output


def test_the_lock_knows_wheels_of_another_content(
    workshop: Workshop, environment_folder: "Path", tmp_path: "Path"
) -> None:
    """Between two releases they keep their version, and uv would refuse them."""
    template = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(workshop.versions.folder), str(template))
    folder = workshop.render(NEXT, tmp_path / "project")
    rewrite(
        folder / ANSWERS,
        lambda text: text.replace(str(workshop.versions.folder), str(template)),
    )
    project = Project(folder, environment_folder)
    project.run("uv", "lock", "--quiet")
    project.commit()
    for wheel in (template / "template" / "vendor").glob("*.whl"):
        with ZipFile(wheel, "a") as archive:
            archive.comment = b"Built again"
    commit(template)
    git(template, "tag", "v1000.3.0")
    project.run("uv", "run", "poe", "update")
    assert "DS001" in project.run("uv", "run", "poe", "rules")


@pytest.mark.parametrize(
    "told",
    [
        ("config", "status.showUntrackedFiles", "no"),
        ("update-index", "--skip-worktree", DOCUMENT),
        ("update-index", "--assume-unchanged", DOCUMENT),
    ],
    ids=lambda told: told[1],
)
def test_an_update_is_refused_over_what_git_was_told_to_overlook(
    workshop: Workshop,
    environment_folder: "Path",
    tmp_path: "Path",
    told: tuple[str, ...],
) -> None:
    """Copier asks git for changes, and would overwrite those that git does not name."""
    folder = workshop.render(PRESENT, tmp_path / "project")
    project = Project(folder, environment_folder).commit()
    if told[0] == "config":
        git(folder, "rm", "--quiet", "--cached", DOCUMENT)
        git(folder, "commit", "--quiet", "--message=Mine alone")
    git(folder, *told)
    (folder / DOCUMENT).write_text("The work of three days\n")
    assert git(folder, "status", "--porcelain") == ""
    said = project.run("uv", "run", "poe", "update", check=False)
    assert f"No commit holds your {DOCUMENT}" in said
    assert (folder / DOCUMENT).read_text() == "The work of three days\n"


def test_what_git_ignores_survives_an_update(
    workshop: Workshop, environment_folder: "Path", tmp_path: "Path"
) -> None:
    """No commit could bring it back, whatever the new version has under that name."""
    folder = workshop.render(PRESENT, tmp_path / "project")
    project = Project(folder, environment_folder).commit()
    git(folder, "rm", "--quiet", "--cached", DOCUMENT)
    with (folder / ".gitignore").open("a") as file:
        file.write(f"/{DOCUMENT}\n")
    git(folder, "commit", "--quiet", "--all", "--message=Mine alone")
    (folder / DOCUMENT).write_text("The work of three days\n")
    project.run("uv", "run", "poe", "update", "--vcs-ref", NEXT)
    assert (folder / DOCUMENT).read_text() == "The work of three days\n"


def test_an_answer_changes_with_an_update(workshop: Workshop, tmp_path: "Path") -> None:
    """The project becomes what it had been with that answer from the start."""
    changed: dict[str, Answer] = {
        "license": "ISC",
        "redis_port": 6390,
        "project_name": "Renamed",
    }
    folder = workshop.living(PRESENT, "answers")
    before = tracked(folder)
    data = [f"--data={name}={value}" for name, value in changed.items()]
    outcome = workshop.update(folder, LATER, *data)
    expected = files(
        workshop.render(
            LATER,
            tmp_path / "expected",
            **changed,
            project_slug="my-project",
            database_name="my_project",
            database_user="my_project",
        )
    )
    untouched = outcome.new.keys() - outcome.touched
    different = {name for name in untouched if outcome.after[name] != expected[name]}
    # The project's own, with its name in it: `poe update` writes it again.
    assert different == {"openapi.yaml"}
    assert yaml.safe_load(outcome.after[ANSWERS])["redis_port"] == 6390
    own = {name for name in before if name.startswith("apps/orders/")}
    assert all(outcome.after[name] == before[name] for name in own)
    assert "LICENSE" not in outcome.after


def test_a_copy_made_anew_keeps_what_the_user_added(workshop: Workshop) -> None:
    """`copier recopy` resets the template's files; own files and migrations stay."""
    folder = workshop.living(PRESENT, "recopied")
    migration = folder / "apps" / "users" / "migrations" / "0001_initial.py"
    migration.write_text(migration.read_text() + "# Ours.\n")
    commit(folder)
    before = tracked(folder)
    done = copier_command(folder, "recopy", "--defaults", "--overwrite", f"-r{LATER}")
    assert done.returncode == 0, done.stderr
    after = tracked(folder)
    fresh = workshop.fresh(LATER)
    kept = {name for name in before if name not in fresh or "/migrations/" in name}
    assert {name for name in kept if after[name] != before[name]} == set()
    different = {name for name in fresh.keys() - kept if after[name] != fresh[name]}
    assert different == set()


@pytest.mark.parametrize("feature", ["_tasks", "_migrations", "_jinja_extensions"])
def test_a_feature_that_needs_trust_would_be_noticed(
    workshop: Workshop, tmp_path: "Path", feature: str
) -> None:
    """With it Copier refuses, so every test above that runs Copier would fail."""
    assert feature not in configuration()
    template = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(workshop.versions.folder), str(template))
    value = "[jinja2.ext.do]" if feature == "_jinja_extensions" else "[echo]"
    if feature == "_migrations":
        value = "[{version: v1000.3.0, command: echo}]"
    rewrite(template / "copier.yml", lambda text: f"{text}\n{feature}: {value}\n")
    commit(template)
    git(template, "tag", "v1000.3.0")
    folder = workshop.render(NEXT, tmp_path / "project")
    answers = folder / ANSWERS
    rewrite(
        answers,
        lambda text: text.replace(str(workshop.versions.folder), str(template)),
    )
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    done = copier_command(folder, "update", "--defaults")
    assert done.returncode != 0
    assert "unsafe" in done.stderr


def test_pages_name_the_update_that_keeps_what_git_ignores() -> None:
    """Copier alone replaces it where the template has a file of the name."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    named = [it.name for it in pages if "uvx copier update" in it.read_text("utf-8")]
    assert (named, len(pages) > 5) == ([], True)
