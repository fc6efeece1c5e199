"""Let rendered projects judge themselves, for answers that cover every pair."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.helpers.pairs import all_pairs, pairs_of
from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.repository import ROOT, questions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.rendering import Answer

READ_ONLY: Final = (
    'mount --bind "$0" "$0" && mount --options remount,ro,bind "$0" && cd "$0" && '
    'exec "$@"'
)
# Nobody listens there.
PROXIES: Final = dict.fromkeys(
    ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"),
    "http://127.0.0.1:9",
)
# One valid answer far from the default for each question that has no list of choices.
OTHER: Final[dict[str, "Answer"]] = {
    "project_name": "O'Brien & Sons: Проект «Ёлка» 日本 🚀 #1 (50%)",
    "project_slug": "class",
    "project_description": "C#, 'quoted' & more: 100% #1; a = b / c ~ @d !e ?",
    "user_name": "Renée Ñandú-O'Neill, Sr.",
    "user_email": "first.last+tag@sub.example.co.uk",
    "domain": "xn--bcher-kva.example",
    "time_zone": "America/Argentina/Buenos_Aires",
    "database_name": "select",
    "database_user": "_owner_1",
    "database_host": "10.0.0.7",
    "database_port": 6432,
    "redis_host": "cache.internal",
    "redis_port": 6380,
    "redis_cache_db": 3,
    "redis_session_db": 15,
    "agent_language": "Brazilian Portuguese",
}

# Stands for not answering; a default may be a template.
DEFAULT: Final = "\0default"


def options() -> dict[str, list["Answer"]]:
    """List the answers to combine.

    Returns:
        Every choice of a question with choices, else its default and another answer.
    """
    return {name: answers_of(name, asked) for name, asked in questions().items()}


def answers_of(name: str, asked: dict[str, Any]) -> list["Answer"]:
    """List the answers of one question.

    Args:
        name: Name of the question.
        asked: Its definition.

    Returns:
        Two answers or more.
    """
    if "choices" in asked:
        choices = asked["choices"]
        return list(choices.values() if isinstance(choices, dict) else choices)
    if isinstance(asked["default"], bool):
        return [False, True]
    return [DEFAULT, OTHER[name]]


OPTIONS: Final = options()
ROWS: Final = all_pairs(OPTIONS)
COMBINATIONS: Final = [
    {name: answer for name, answer in row.items() if answer != DEFAULT} for row in ROWS
]


def test_the_combinations_cover_every_pair() -> None:
    """No two answers meet for the first time on a user's machine."""
    chosen = {pair for row in ROWS for pair in pairs_of(row, OPTIONS)}
    every = {
        ((one, value), (other, partner))
        for one, other in combinations(OPTIONS, 2)
        for value in OPTIONS[one]
        for partner in OPTIONS[other]
    }
    assert chosen == every


def test_the_default_project_passes_its_own_gate(project: Project) -> None:
    """It changes nothing and prints a summary."""
    assert "passed" in project.run("uv", "run", "poe", "check")
    assert project.changes() == ""


def test_the_default_project_passes_its_own_tests(project: Project) -> None:
    """Nothing is skipped, and nothing is left behind."""
    output = project.run("uv", "run", "poe", "test")
    assert " passed" in output
    assert not re.search(r"\d skipped", output)
    assert project.changes() == ""


def test_variables_of_another_project_change_nothing(
    project: Project, tmp_path: "Path"
) -> None:
    """They are exported in the shell, and the tasks are this project's."""
    for name in ("config", "apps", "rest_framework"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('another project')\n")
    foreign = {
        "DJANGO_SETTINGS_MODULE": "another.settings",
        "PYTHONPATH": str(tmp_path),
        "PYTHONSAFEPATH": "1",
    }
    own = {"DJANGO_ENVIRONMENT": "local", "DJANGO_SECRET_KEY": secrets.token_hex(64)}
    for command in (
        ("manage", "check"),
        ("test", "apps/core/tests/test_requests.py"),
        ("check", "--only", "mypy"),
        ("openapi",),
        ("test-contract", "--only", "anonymous", "--cases", "1"),
    ):
        project.run("uv", "run", "poe", *command, extra=foreign | PROXIES | own)


def test_the_gate_needs_no_uv_on_the_path(project: Project) -> None:
    """A hook of a graphical client has none; uv says where it lies."""
    show = "import os; print(os.environ['UV'], end='')"
    uv = project.run("uv", "run", "--quiet", "python", "-c", show)
    step = ("run", "poe", "check", "--only", "lock file")
    assert "1 steps passed" in project.run(uv, *step, extra={"PATH": "/usr/bin:/bin"})


def test_the_gate_judges_a_checkout_that_cannot_be_written(project: Project) -> None:
    """Nothing is kept there, and nothing needs to be."""
    caches = [project.folder / name for name in (".mypy_cache", ".ruff_cache")]
    for cache in caches:
        shutil.rmtree(cache, ignore_errors=True)
    steps = [part for step in ("ruff", "format", "mypy") for part in ("--only", step)]
    gate = ("uv", "run", "--no-sync", "poe", "check", *steps)
    # Root writes whatever the modes say.
    lock = ("unshare", "--mount", "sh", "-c", READ_ONLY, str(project.folder))
    project.folder.chmod(0o555)
    try:
        said = project.run(*(lock if os.geteuid() == 0 else ()), *gate)
    finally:
        project.folder.chmod(0o755)
    assert "3 steps passed" in said
    assert not any(cache.exists() for cache in caches)


def test_the_default_project_keeps_its_own_contract(project: Project) -> None:
    """Every answer of the running project is as openapi.yaml says."""
    output = project.run("uv", "run", "poe", "test-contract")
    assert "5 passed, 0 failed" in output
    assert project.changes() == ""


@pytest.fixture(scope="module")
def judgements(
    clone: "Path", project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Future[None]]]:
    """Render and judge all combinations, as many at a time as there are processors.

    Args:
        clone: The template.
        project: The default project; its virtual environment is complete.
        tmp_path_factory: Where to put the projects.

    Yields:
        One future for each combination.
    """
    project.run("uv", "sync", "--quiet")
    # What the projects for Kubernetes have beside that.
    environment = ("--python", str(project.environment_folder))
    project.run("uv", "pip", "install", "--quiet", *environment, "kubernetes-validate")
    known = project.folder / ".mypy_cache"
    # One after the other: Copier changes the working directory of the whole process.
    folders = [
        render(clone, answers, tmp_path_factory.mktemp("combined") / "project")
        for answers in COMBINATIONS
    ]

    def judge(folder: "Path") -> None:
        """Run the gate in one project, with what mypy knows already."""
        combined = Project(folder, project.environment_folder).commit()
        # What mypy knows about the packages holds for all projects; it checks that.
        if known.is_dir():
            shutil.copytree(known, folder / known.name)
        # The environment is complete. Each project names a wheel of its own: uv would
        # install that again while another project's gate runs.
        # Coverage is the same whatever was answered; counting it takes a third of the time.
        for task in (("check",), ("test", "--no-cov")):
            combined.run("uv", "run", "poe", *task, extra={"UV_NO_SYNC": "1"})
        assert combined.changes() == ""

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield [pool.submit(judge, folder) for folder in folders]
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("number", range(len(COMBINATIONS)))
def test_a_combination_passes_its_own_gate_and_tests(
    judgements: "list[Future[None]]", number: int
) -> None:
    """Whatever was answered, the project is sound."""
    try:
        judgements[number].result()
    except AssertionError as error:
        error.add_note(f"The answers were {COMBINATIONS[number]}.")
        raise


def test_a_wrong_line_fails_the_gate(
    clone: "Path", environment_folder: "Path", tmp_path: "Path"
) -> None:
    """The gate is able to say no, and says what is wrong."""
    project = Project(render(clone, {}, tmp_path / "project"), environment_folder)
    module = project.folder / "apps" / "core" / "pagination.py"
    module.write_text(module.read_text() + "\n\ndef wrong(x): print(x)\n")
    output = project.commit().run("uv", "run", "poe", "check", check=False)
    assert "T201" in output
    assert "no-untyped-def" in output


def test_no_dependency_shares_the_name_of_a_project(project: Project) -> None:
    """Every locked package is refused as a slug: such a project could not be locked."""
    lines = (project.folder / "uv.lock").read_text().splitlines()
    locked = {line[8:-1] for line in lines if line.startswith('name = "')}
    reserved = (ROOT / "questions" / "reserved-names.txt").read_text().split()
    assert locked - {"my-project"} <= set(reserved)
