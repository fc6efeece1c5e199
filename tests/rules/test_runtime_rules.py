"""Break the rules that Django's system checks enforce."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.helpers.project import Project
from tests.rules.breaks import Edited, proofs
from tests.rules.checker import Checker
from tests.rules.runtime_breaks import IMPORTS, RUNTIME_BREAKS

if TYPE_CHECKING:
    from tests.rules.breaks import Break


@pytest.fixture(scope="module")
def checker(
    runnable: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Checker]:
    """Run what `poe check` runs in its step "deployment".

    Args:
        runnable: The project.
        tmp_path_factory: Where the output goes.

    Yields:
        The checker.
    """
    with Checker(runnable, tmp_path_factory.mktemp("checks") / "output.txt") as running:
        yield running


def test_a_fresh_project_passes(checker: Checker) -> None:
    """What the template renders is green."""
    assert "System check identified no issues (0 silenced)" in checker.run()


@pytest.mark.parametrize("change", proofs(RUNTIME_BREAKS))
def test_a_broken_rule_is_found(
    change: "Break", runnable: Project, checker: Checker
) -> None:
    """The edit breaks the rule, and the message tells its id and its fix."""
    with Edited(runnable.folder, change) as edited:
        for name, statement in IMPORTS.items():
            if name in (change.new or ""):
                edited.add_import(statement)
        output = checker.run()
    assert f"({change.rule})" in output, output
    assert "HINT:" in output


def test_manage_py_check_runs_the_rules_too(runnable: Project) -> None:
    """On a developer's machine they run where Django people look."""
    change = next(one for one in RUNTIME_BREAKS if one.rule == "DS059")
    with Edited(runnable.folder, change):
        output = runnable.run(
            "uv", "run", "poe", "check", "--only", "django", check=False
        )
    assert "(DS059)" in output
