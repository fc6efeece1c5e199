"""Run every command of the workflows, with stand-ins for GitHub alone."""

import re
import tarfile
from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.rendering import render
from tests.helpers.repository import ROOT, git, tagged_clone
from tests.helpers.vulnerabilities import vulnerabilities
from tests.helpers.workflows import OWN, PROJECT, Runner, step, steps, workflow

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.project import Project

# Run by other tests, or by whoever runs this one.
GATE: Final = "tests/project/test_gate.py::test_the_default_project"
RELEASE: Final = "tests/stack/test_release.py::test_"
ELSEWHERE: Final = {
    "Judge the project": f"{GATE}_passes_its_own_gate",
    "Ask the running project what openapi.yaml allows and what not": (
        f"{GATE}_keeps_its_own_contract"
    ),
    "Build the images, start the stack and wait until it is healthy": (
        "tests/stack/test_core.py::test_the_health_check_answers_200"
    ),
    "Logs of the stack": "tests/stack/stack.py",
    "Stop the stack": "tests/stack/stack.py",
    "The tag is the version of pyproject.toml": f"{RELEASE}a_tag_that_is_not_the_version_stops_the_release",
    "List packages and licences": f"{RELEASE}the_release_has_the_bill_of_materials",
    "Build the images": f"{RELEASE}each_image_is_there_for_both_architectures",
    "Push the images": f"{RELEASE}what_is_signed_is_what_was_pushed",
    "Publish the release": f"{RELEASE}the_release_has_the_bill_of_materials",
    "Only images that this workflow made": f"{RELEASE}only_signed_images_are_deployed",
    "Deploy to the host": f"{RELEASE}a_host_pulls_the_release_and_serves_on",
    "Deploy to the cluster": f"{RELEASE}a_cluster_gets_the_digests_that_were_signed",
    "Run everything": ".ci/run",
    "Render the project in place of the template": (
        "tests/bootstrap/test_bootstrap.py::test_the_result_equals_a_copy"
    ),
    "Commit and push it": "tests/bootstrap/test_bootstrap.py",
}
HERE: Final = {
    "Ask whether a dependency has a known vulnerability",
    "The lock file, if committed, fits",
    "Test the project",
    "Look for a newer version",
    "Update and judge the result",
    "Offer it",
    "Check the version and write the notes",
    "Pack the sources",
    "Publish",
    "Render the project",
    'Push it to the branch "example"',
}
# Starts servers, and runs the step as if they were the services.
WITH_SERVERS: Final = """
import os, pathlib, subprocess, sys
from django_strict.servers import start
servers = start(pathlib.Path(".embedded").absolute())
os.environ.update(DATABASE_URL=servers.database_url, REDIS_URL=servers.redis_url)
sys.exit(subprocess.run(["bash", "-e", "-c", sys.argv[1]]).returncode)
"""


def test_every_command_is_run_by_a_test() -> None:
    """A new step has to be run too."""
    paths = [*OWN.glob("*.yml"), *PROJECT.glob("*.yml")]
    names = {each.name for path in paths for each in steps(path)}
    assert names == HERE | ELSEWHERE.keys()


@pytest.mark.parametrize("place", sorted(set(ELSEWHERE.values())))
def test_what_is_run_elsewhere_is_there(place: str) -> None:
    """A test that was renamed or deleted runs nothing."""
    path, _, name = place.partition("::")
    assert (
        f"def {name}(" in (ROOT / path).read_text() if name else (ROOT / path).exists()
    )


def test_the_projects_tests_use_the_services(project: "Project") -> None:
    """With the variables of the workflow, no server is started."""
    variables = workflow(PROJECT / "ci.yml")["jobs"]["test"]["env"]
    assert variables.keys() == {"DATABASE_URL", "REDIS_URL"}
    run = step(PROJECT / "ci.yml", "Test the project").run
    options = "--no-cov apps/users/tests/test_models.py tests/test_settings.py"
    output = project.run(
        "uv",
        "run",
        "python",
        "-c",
        WITH_SERVERS,
        run,
        extra={"PYTEST_ADDOPTS": options},
    )
    assert " passed" in output


@pytest.mark.parametrize("committed", [True, False])
def test_the_lock_file_is_checked_where_there_is_one(
    project: "Project", *, committed: bool
) -> None:
    """A project that does not commit it passes too."""
    run = step(PROJECT / "ci.yml", "The lock file, if committed, fits").run
    lock = project.folder / "uv.lock"
    if not committed:
        git(project.folder, "rm", "--quiet", "--cached", str(lock))
    try:
        project.run("bash", "-e", "-c", run)
    finally:
        git(project.folder, "reset", "--quiet")
    assert project.changes() == ""


@pytest.mark.parametrize(
    ("package", "fails"), [("no-such-package", False), ("django", True)]
)
def test_dependencies_are_audited(
    project: "Project", package: str, *, fails: bool
) -> None:
    """The job fails when one of them is vulnerable, and only then."""
    run = step(PROJECT / "ci.yml", "Ask whether a dependency has a known vulnerability")
    with vulnerabilities({package}) as url:
        output = project.run(
            *("bash", "-c", f"{run.run} --service-url {url} || echo failed")
        )
    assert output.rstrip().endswith("failed") is fails, output


@pytest.fixture
def template(tmp_path: "Path") -> "Path":
    """Publish the working tree, and a second version with one more line.

    Args:
        tmp_path: Where to put it.

    Returns:
        The template's folder.
    """
    return tagged_clone(tmp_path / "template")


def release(template: "Path", path: str) -> None:
    """Publish a version that adds a line to a file and an entry to the changelog.

    Args:
        template: The template.
        path: The file.
    """
    changelog = template / "CHANGELOG.md"
    entry = "\n## [0.0.2] - 3000-01-01\n\n- One more line.\n\n## ["
    changelog.write_text(changelog.read_text().replace("\n## [", entry, 1))
    with (template / path).open("a") as file:
        file.write("# One more line.\n")
    git(template, "commit", "--quiet", "--all", "--message=Next")
    git(template, "tag", "v0.0.2")


@pytest.fixture
def runner(template: "Path", tmp_path: "Path") -> Runner:
    """Render a project that has a remote.

    Args:
        template: Its template.
        tmp_path: Where to put it.

    Returns:
        The machine that runs its workflows.
    """
    folder = render(template, {}, tmp_path / "project")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Start")
    scratch = tmp_path / "runner"
    scratch.mkdir()
    uvx = scratch / "bin" / "uvx"
    uvx.parent.mkdir()
    uvx.write_text('#!/usr/bin/env bash\nshift 5\nexec "$PYTHON" -m copier "$@"\n')
    uvx.chmod(0o755)
    return Runner.prepare(folder, scratch)


def newer(runner: Runner) -> str:
    """Run the step that looks for a newer version.

    Args:
        runner: The machine.

    Returns:
        The output that the later steps depend on.
    """
    runner.run(step(PROJECT / "baseline.yml", "Look for a newer version"))
    return (runner.scratch / "output").read_text()


def test_an_up_to_date_project_is_left_alone(runner: Runner) -> None:
    """The weekly run finds nothing and ends."""
    assert newer(runner) == "newer=false\n"
    assert git(runner.folder, "status", "--porcelain") == ""


def offer(runner: Runner) -> str:
    """Run the weekly update.

    Args:
        runner: The machine.

    Returns:
        The report it offers.
    """
    path = PROJECT / "baseline.yml"
    assert newer(runner) == "newer=true\n"
    runner.run(step(path, "Update and judge the result"))
    # The second job has a checkout of its own.
    git(runner.folder, "reset", "--quiet", "--hard")
    runner.run(step(path, "Offer it"), MAY_PUSH_WORKFLOWS="false")
    return (runner.temp / "proposal" / "report.md").read_text()


def test_what_a_version_brings_runs_without_credentials() -> None:
    """The job that runs it may read, holds no token, and hands a patch on."""
    content = workflow(PROJECT / "baseline.yml")
    assert content["permissions"] == {}
    propose, offer = content["jobs"]["propose"], content["jobs"]["offer"]
    assert propose["permissions"] == {"contents": "read"}
    assert "secrets." not in str(propose)
    assert "github.token" not in str(propose)
    commands = "\n".join(each.get("run", "") for each in offer["steps"])
    assert not re.search(r"(?m)^\s*(uv|uvx|python3?|poe|pre-commit)\b", commands)


@pytest.mark.parametrize(
    "path", [OWN / "template-release.yml", PROJECT / "release.yml"]
)
def test_a_release_is_signed_where_no_package_runs(path: "Path") -> None:
    """The jobs that may sign or publish install nothing, build nothing and start nothing."""
    jobs = workflow(path)["jobs"].values()
    writing = [job for job in jobs if "write" in job["permissions"].values()]
    signing = [job for job in jobs if "id-token" in job["permissions"]]
    assert len(signing) == 1
    assert signing[0] in writing
    for job in signing:
        actions = str([each.get("uses", "") for each in job["steps"]])
        commands = "\n".join(each.get("run", "") for each in job["steps"])
        assert "setup-uv" not in actions
        assert not re.search(r"\b(uvx?|python3?|pip|poe)\b", commands)
        assert not re.search(r"docker (build|run|compose|create|start)\b", commands)


def test_a_project_is_deployed_from_a_protected_environment_alone() -> None:
    """Secrets stand in the job that deploys, and that job may change nothing at GitHub."""
    jobs = workflow(PROJECT / "release.yml")["jobs"]
    assert {name for name, job in jobs.items() if "secrets." in str(job)} == {"deploy"}
    assert jobs["deploy"]["environment"] == "production"
    assert "write" not in jobs["deploy"]["permissions"].values()
    assert jobs["publish"]["permissions"].keys() == {
        *("attestations", "contents", "id-token", "packages")
    }
    for name in ("ci", "list", "build"):
        assert jobs[name]["permissions"] == {"contents": "read"}


def test_every_image_is_scanned_before_it_is_published() -> None:
    """What is high and has a fix ends the job that all others wait for."""
    jobs = workflow(PROJECT / "release.yml")["jobs"]
    scans = [
        each["with"]
        for each in jobs["build"]["steps"]
        if each.get("uses", "").startswith("anchore/scan-action@")
    ]
    images = [f"release-{kind}:latest" for kind in ("app", "manage", "nginx")]
    assert [each.pop("image") for each in scans] == images
    for each in scans:
        assert each["fail-build"] is each["only-fixed"] is True
        assert each["severity-cutoff"] == "high"
    assert jobs["publish"]["needs"] == "build"
    assert jobs["deploy"]["needs"] == "publish"


def test_a_hook_that_a_version_plants_does_not_run_beside_the_token(
    template: "Path", runner: Runner
) -> None:
    """Neither when the patch is applied nor when it is committed."""
    release(template, "template/nginx/include/limits.conf")
    seen = runner.scratch / "seen"
    hook = runner.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nenv > {seen}\n")
    hook.chmod(0o755)
    offer(runner)
    assert not seen.exists()


def test_a_newer_version_becomes_a_pull_request(
    template: "Path", runner: Runner
) -> None:
    """It shows the release notes, the conflicts and what the gate said."""
    release(template, "template/nginx/include/limits.conf")
    report = offer(runner)
    assert "- One more line." in report
    assert "## Conflicts\n\nNone." in report
    assert "## Gate\n\nPassed." in report
    asked = runner.asked()
    assert [call for call in asked if call.startswith("pr create --head baseline-")]
    changed = git(runner.remote, "diff", "--name-only", "main", "baseline-update")
    assert {"nginx/include/limits.conf", "openapi.yaml"} <= set(changed.split())
    author = git(runner.remote, "log", "-1", "--format=%an", "baseline-update")
    assert author == "github-actions[bot]\n"


def test_what_somebody_resolved_on_the_branch_stays(
    template: "Path", runner: Runner, tmp_path: "Path"
) -> None:
    """Next week's run replaces its own proposal, and no commit of a person's."""
    release(template, "template/nginx/include/limits.conf")
    offer(runner)
    again = step(PROJECT / "baseline.yml", "Offer it")
    git(runner.folder, "switch", "--quiet", "main")
    runner.run(again, MAY_PUSH_WORKFLOWS="false")
    branch = "baseline-update"
    git(tmp_path, "clone", "--quiet", f"--branch={branch}", str(runner.remote), "clone")
    clone = tmp_path / "clone"
    git(clone, "commit", "--quiet", "--amend", "--message=Resolved by hand")
    git(clone, "push", "--quiet", "--force")
    git(runner.folder, "switch", "--quiet", "main")
    git(runner.folder, "fetch", "--quiet")
    with pytest.raises(AssertionError, match="merge its pull request, or delete"):
        runner.run(again, MAY_PUSH_WORKFLOWS="false")
    told = git(runner.remote, "log", "-1", "--format=%s", branch)
    assert told == "Resolved by hand\n"


def test_a_version_with_other_workflows_becomes_an_issue(
    template: "Path", runner: Runner
) -> None:
    """The token could not push it, so a person is told what to run."""
    release(template, "template/.github/workflows/ci.yml")
    assert "by hand: this version changes workflows" in offer(runner)
    assert [call for call in runner.asked() if call.startswith("issue create")]
    assert "baseline-update" not in git(runner.remote, "branch", "--list")


def test_a_tag_publishes_a_release_and_the_example(tmp_path: "Path") -> None:
    """Notes, archive and branch come out of the tagged commit."""
    folder = tagged_clone(tmp_path / "template")
    scratch = tmp_path / "runner"
    scratch.mkdir()
    runner = Runner.prepare(folder, scratch)
    path = OWN / "template-release.yml"
    tag = {"GITHUB_REF_NAME": "v0.0.1"}
    (runner.temp / "release").mkdir()
    runner.run(step(path, "Pack the sources"), **tag)
    with tarfile.open(
        runner.temp / "release" / "django-strict-0.0.1.tar.gz"
    ) as archive:
        assert "django-strict-0.0.1/copier.yml" in archive.getnames()
    runner.run(step(path, "Publish"), **tag)
    assert runner.asked()[0].startswith("release create v0.0.1 --verify-tag")
    for _ in range(2):
        runner.run(step(path, "Render the project"), TEMPLATE=str(folder), **tag)
        runner.run(step(path, 'Push it to the branch "example"'), **tag)
        git(folder, "checkout", "--quiet", "--force", "main")
    names = git(runner.remote, "ls-tree", "-r", "--name-only", "example").split("\n")
    assert {"manage.py", ".github/workflows/ci.yml"} <= set(names)
    assert not {"copier.yml", "uv.lock", "template"} & set(names)
    assert git(runner.remote, "rev-list", "--count", "example") == "2\n"


def test_the_release_is_checked_by_the_command_of_maintainers(
    tmp_path: "Path",
) -> None:
    """The workflow refuses a tag that does not fit the version of the sources."""
    folder = tagged_clone(tmp_path / "template")
    scratch = tmp_path / "runner"
    scratch.mkdir()
    runner = Runner.prepare(folder, scratch)
    check = step(OWN / "template-release.yml", "Check the version and write the notes")
    with pytest.raises(AssertionError, match="the version is"):
        runner.run(check, GITHUB_REF_NAME="v99.0.0")
