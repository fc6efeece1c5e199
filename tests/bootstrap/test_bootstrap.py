"""Turn a copy of this repository into a project, as GitHub's button would."""

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from maintenance import bootstrap
from tests.helpers.rendering import files, render
from tests.helpers.repository import ROOT, git, tagged_clone, working_files
from tests.helpers.workflows import OWN, Runner, step
from tests.update.updating import copier_command

if TYPE_CHECKING:
    from pathlib import Path

REPOSITORY: Final = "octo-cat/my-Shop_2"
DESCRIPTION: Final = 'Sells "things" & more\n<b>daily</b>'
ANSWERS: Final = {
    "project_name": "My Shop 2",
    "project_description": "Sells things & more bdaily/b",
    "user_name": "octo-cat",
    "user_email": "octo-cat@users.noreply.github.com",
}
REFUSE_WORKFLOWS: Final = """#!/usr/bin/env bash
while read -r old new name; do
    git diff --quiet "$old" "$new" -- .github/workflows || exit 1
done
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Publish the working tree.

    Args:
        tmp_path_factory: Where to put it.

    Returns:
        The template.
    """
    return tagged_clone(tmp_path_factory.mktemp("org") / "template")


@pytest.fixture
def copy(template: "Path", tmp_path: "Path") -> "Path":
    """Make the repository that GitHub's button makes: one commit, no tags.

    Args:
        template: The template.
        tmp_path: Where to put it.

    Returns:
        The repository.
    """
    folder = tmp_path / "copy"
    git(tmp_path, "clone", "--quiet", "--no-tags", str(template), str(folder))
    git(folder, "remote", "remove", "origin")
    return folder


def run(
    folder: "Path", template: "Path", *options: str
) -> subprocess.CompletedProcess[str]:
    """Run the script of a copy, in that copy.

    Args:
        folder: The copy.
        template: The template.
        *options: Further options.

    Returns:
        How it ended.
    """
    named = ("--template", str(template), "--repository", REPOSITORY)
    return subprocess.run(
        [sys.executable, "-m", "maintenance.bootstrap", *named, *options],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )


def content(folder: "Path") -> dict[str, bytes]:
    """Read a repository without git's own files and bytecode.

    Args:
        folder: The repository.

    Returns:
        The content of each file by its path.
    """
    return {
        name: text
        for name, text in files(folder).items()
        if not name.startswith(".git/") and "__pycache__" not in name
    }


def test_the_result_equals_a_copy(
    copy: "Path", template: "Path", tmp_path: "Path"
) -> None:
    """Byte for byte what `copier copy` makes of the same answers."""
    (copy / "uv.lock").write_text("what uv run leaves behind\n")
    done = run(copy, template, "--description", DESCRIPTION)
    assert done.returncode == 0, done.stderr
    expected = render(template, ANSWERS, tmp_path / "expected")
    assert content(copy) == files(expected)


def test_an_update_from_it_works(copy: "Path", tmp_path: "Path") -> None:
    """The answers file names the template and a version to start from."""
    template = tagged_clone(tmp_path / "org" / "own-template")
    assert run(copy, template).returncode == 0
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message=Start")
    (template / "template" / "docs" / "news.md").write_text("# News\n")
    git(template, "add", "--all")
    git(template, "commit", "--quiet", "--message=Next")
    git(template, "tag", "v0.0.2")
    done = copier_command(copy, "update", "--defaults")
    assert done.returncode == 0, done.stderr
    assert git(copy, "status", "--porcelain").split() == [
        "M",
        ".copier-answers.yml",
        "??",
        "docs/news.md",
    ]


def test_a_dry_run_changes_nothing(copy: "Path", template: "Path") -> None:
    """It says what would happen."""
    before = content(copy)
    done = run(copy, template, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "project_name: My Shop 2\n" in done.stdout
    assert "Nothing was changed." in done.stdout
    assert content(copy) == before


def test_it_refuses_the_template_itself(
    template: "Path", copy: "Path", capsys: pytest.CaptureFixture[str]
) -> None:
    """Known by its tags, by a remote, or by its name."""
    here = ["--template", "gh:org/name", "--repository"]
    assert bootstrap.main([*here, "octocat/shop"], root=template) == 1
    assert bootstrap.main([*here, "Org/Name"], root=copy) == 1
    git(copy, "remote", "add", "origin", "git@github.com:org/name.git")
    assert bootstrap.main([*here, "octocat/shop"], root=copy) == 1
    assert capsys.readouterr().err.count("This is the template itself") == 3


def test_it_refuses_a_dirty_tree(copy: "Path", template: "Path") -> None:
    """Nothing that is not in git would be lost."""
    (copy / "notes.txt").write_text("Mine.\n")
    done = run(copy, template)
    assert done.returncode == 1
    assert "uncommitted changes" in done.stderr
    assert (copy / "copier.yml").is_file()


def test_it_refuses_to_overwrite_what_git_ignores(
    copy: "Path", template: "Path"
) -> None:
    """No commit would bring that back: an editor's settings, say, ignored by oneself."""
    (copy / ".git" / "info" / "exclude").write_text(".editorconfig\nown\n")
    (copy / "own").write_text("Mine.\n")
    (copy / ".editorconfig").write_text("Mine.\n")
    done = run(copy, template)
    assert done.returncode == 1
    assert "would overwrite your .editorconfig" in done.stderr
    assert (copy / ".editorconfig").read_text() == "Mine.\n"
    assert (copy / "copier.yml").is_file()


def test_it_refuses_a_project(
    tmp_path: "Path", capsys: pytest.CaptureFixture[str]
) -> None:
    """It has nothing to do there."""
    arguments = ["--template", "gh:org/name", "--repository", "octocat/shop"]
    assert bootstrap.main(arguments, root=tmp_path) == 1
    assert "a project already" in capsys.readouterr().err


@pytest.mark.parametrize("repository", ["", "shop", "/shop", "octocat/", "a/b/c"])
def test_it_refuses_what_names_no_repository(repository: str) -> None:
    """The sentence says what it should be."""
    with pytest.raises(bootstrap.BootstrapError, match="OWNER/NAME"):
        bootstrap.answers(repository, "")


@pytest.mark.parametrize(
    ("repository", "description"),
    [
        ("a/" + "x" * 100, "y" * 350),
        ("a/django", "{{ 7 * 7 }} {% raw %} $(reboot) `reboot` \\ | * [x](y)"),
        ("a/---", "  \u202e\u200b\t "),
        ("a/3d.shop", "日本語 🚀"),
    ],
)
def test_whatever_github_allows_is_answered(
    template: "Path", tmp_path: "Path", repository: str, description: str
) -> None:
    """No name or description keeps the project from being rendered."""
    answers = bootstrap.answers(repository, description)
    assert (render(template, answers, tmp_path / "project") / "manage.py").is_file()


def test_the_script_has_help() -> None:
    """A person can run it too."""
    done = subprocess.run(
        [sys.executable, "-m", "maintenance.bootstrap", "--help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "--dry-run" in done.stdout


@pytest.mark.parametrize("allowed", [True, False])
def test_the_workflow_pushes_a_project_and_disappears(
    copy: "Path", template: "Path", tmp_path: "Path", *, allowed: bool
) -> None:
    """With and without the right to delete workflows, none is added or changed."""
    scratch = tmp_path / "runner"
    scratch.mkdir()
    runner = Runner.prepare(copy, scratch)
    if not allowed:
        hook = runner.remote / "hooks" / "pre-receive"
        hook.write_text(REFUSE_WORKFLOWS)
        hook.chmod(0o755)
    path = OWN / "use-template.yml"
    for _ in range(2):
        runner.run(
            step(path, "Render the project in place of the template"),
            GITHUB_REPOSITORY=REPOSITORY,
            DESCRIPTION=DESCRIPTION,
            DEFAULT_BRANCH="main",
            GH_TEMPLATE=str(template),
            TEMPLATE_HOST="",
        )
        runner.run(step(path, "Commit and push it"))
    first, last = git(runner.remote, "rev-list", "--reverse", "main").split()
    names = set(git(runner.remote, "ls-tree", "-r", "--name-only", last).split("\n"))
    assert {"manage.py", ".copier-answers.yml"} <= names
    assert not {"copier.yml", "uv.lock"} & names
    compare = ("diff", "--name-status", first, last, "--", ".github/workflows")
    changes = git(runner.remote, *compare).split()
    assert set(changes[::2]) == ({"D"} if allowed else set())
    author = git(runner.remote, "log", "-1", "--format=%an")
    assert author == "github-actions[bot]\n"


def test_the_copy_holds_the_script() -> None:
    """What the button copies is what these tests run."""
    names = {path.as_posix() for path in working_files()}
    assert {"maintenance/bootstrap.py", ".github/workflows/use-template.yml"} <= names
