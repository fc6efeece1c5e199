"""Break the rules that other tools enforce, and read their ids in the gate's output."""

import os
from typing import TYPE_CHECKING, Final

import pytest

from tests.rules.breaks import Edited, edit, gone, proofs
from tests.rules.repository_breaks import REPOSITORY_BREAKS
from tests.rules.source_breaks import SOURCE_BREAKS
from tests.rules.tool_breaks import TOOL_BREAKS

if TYPE_CHECKING:
    from tests.helpers.project import Project
    from tests.rules.breaks import Break

CASES: Final = [
    case for step, changes in TOOL_BREAKS.items() for case in proofs(changes, step)
]
# One of each kind, through the same door as a person: `poe check`.
HOUSE_RULES: Final = [
    next(change for change in SOURCE_BREAKS if change.rule == "DS020"),
    next(change for change in SOURCE_BREAKS if change.rule == "DS065"),
    next(change for change in REPOSITORY_BREAKS if change.rule == "DS048"),
    gone("DS010", "a file", "apps/core/pagination.py"),
]
# A part of the tests, which covers far less than 80 %.
FEW_TESTS: Final = ("pytest", "-q", "--ignore=apps/users")
HEALTH_TESTS: Final = (
    "pytest",
    "-q",
    "--no-cov",
    "apps/core/tests/test_healthcheck.py",
)


def gate(project: "Project", *steps: str) -> str:
    """Run steps of the gate.

    Args:
        project: The project.
        *steps: Their names.

    Returns:
        What they print.
    """
    python = str(project.environment_folder / "bin" / "python")
    programs = f"{project.environment_folder / 'bin'}:{os.environ['PATH']}"
    chosen = [word for step in steps for word in ("--only", step)]
    return project.run(
        python,
        "-m",
        "django_strict.gate",
        *chosen,
        check=False,
        extra={"PATH": programs},
    )


@pytest.mark.parametrize(("step", "change"), CASES)
def test_a_broken_rule_is_named(
    step: str, change: "Break", runnable: "Project"
) -> None:
    """The tool's step fails, and the gate names the house rule."""
    with Edited(runnable.folder, change):
        output = gate(runnable, step)
    assert f"FAIL  {step}" in output, output
    assert f"rule:    {change.rule} " in output, output


@pytest.mark.parametrize("change", proofs(HOUSE_RULES))
def test_poe_check_fails_with_the_rule_and_the_fix(
    change: "Break", runnable: "Project"
) -> None:
    """The message tells the place, the id, what is wrong and what to do."""
    with Edited(runnable.folder, change):
        output = gate(runnable, "house rules")
    line = next(line for line in output.splitlines() if f" {change.rule} " in line)
    assert line.startswith(f"{change.path}:")
    following = output.splitlines()[output.splitlines().index(line) + 1]
    assert following.startswith("    fix: ")


@pytest.mark.proves("DS086")
def test_a_wrong_health_answer_is_named_by_the_tests(runnable: "Project") -> None:
    """DS086: the status must tell orchestrators the truth."""
    change = edit(
        "DS086",
        "always healthy",
        "apps/core/healthcheck.py",
        "else HTTPStatus.SERVICE_UNAVAILABLE",
        "else HTTPStatus.OK",
    )
    with Edited(runnable.folder, change):
        output = runnable.run("uv", "run", *HEALTH_TESTS, check=False)
    assert "rule: DS086 " in output, output


@pytest.mark.proves("DS041")
def test_too_little_coverage_is_named_by_the_tests(runnable: "Project") -> None:
    """DS041: code that no test runs keeps the suite red."""
    output = runnable.run("uv", "run", *FEW_TESTS, check=False)
    assert "rule: DS041 " in output, output


def test_a_part_of_the_tests_is_asked_for_no_coverage(runnable: "Project") -> None:
    """Whoever names a file or a word is told about that alone."""
    path = "apps/users/tests/test_admin.py"
    output = runnable.run("uv", "run", "poe", "test", path, "-k", "staff")
    assert " passed" in output
    assert "DS041" not in output


def test_a_migration_is_written_as_the_gate_wants_it(runnable: "Project") -> None:
    """Django formats with another program, or not at all, and sorts no imports."""
    models = runnable.folder / "apps" / "users" / "models.py"
    before = models.read_text()
    # Its validators are imported.
    models.write_text(
        before.replace('"e-mail", max_length=EMAIL_LENGTH', '"e-mail", max_length=200')
    )
    local = {"DJANGO_ENVIRONMENT": "local", "DJANGO_SECRET_KEY": os.urandom(40).hex()}
    command = ("poe", "manage", "makemigrations", "users", "--name", "shorter")
    path = "apps/users/migrations/0005_shorter.py"
    try:
        runnable.run("uv", "run", *command, extra=local)
        assert "formatted" in runnable.run(
            "uv", "run", "ruff", "format", "--check", path
        )
        assert "import apps.users.fields" in (runnable.folder / path).read_text()
        runnable.run("uv", "run", "ruff", "check", "--select=I", path)
    finally:
        models.write_text(before)
        (runnable.folder / path).unlink(missing_ok=True)


def test_the_whole_gate_changes_nothing(runnable: "Project") -> None:
    """No step puts right, unseen, what another one is to find."""
    module = runnable.folder / "apps" / "users" / "left.py"
    text = '"""A module."""\n\nX  =  1\n'
    module.write_text(text)
    try:
        output = gate(runnable)
        assert module.read_text() == text
    finally:
        module.unlink()
    assert "FAIL  format" in output


@pytest.mark.parametrize(
    ("module", "arguments"), [("fix", ""), ("startapp.command", "parcels")]
)
def test_no_file_is_written_anew_on_a_full_disk(
    runnable: "Project", module: str, arguments: str
) -> None:
    """Who formats it cuts it off first, and a change that no commit holds is gone."""
    script = (
        "import sys, django_strict.project as project; project.ROOM = 1 << 60;"
        f"import django_strict.{module} as it; sys.exit(it.main())"
    )
    command = ("uv", "run", "python", "-c", script, *arguments.split())
    output = runnable.run(*command, check=False)
    assert "a file that is written to a full disk is cut off" in output
    assert runnable.changes() == ""


def test_poe_fix_does_all_it_can_and_names_what_is_left(runnable: "Project") -> None:
    """One finding that only a person can fix stops nothing behind it."""
    module = runnable.folder / "apps" / "core" / "left.py"
    module.write_text('"""A module."""\n\n\nprint( "x" )\n')
    try:
        output = runnable.run("uv", "run", "poe", "fix", check=False)
        assert module.read_text() == '"""A module."""\n\nprint("x")\n'
    finally:
        module.unlink()
    assert "T201" in output
    assert "Left for you, as said above: ruff check." in output
    assert "openapi.yaml" in output
