"""Break the rules about Python code."""

import ast
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest

from django_strict.rules.engine import apply_waivers, check_file, check_files
from django_strict.rules.model import catalogue
from django_strict.rules.module import Module
from tests.helpers.repository import ROOT, TEMPLATE, working_files
from tests.rules.breaks import proofs
from tests.rules.hidden_source_breaks import FINE_SOURCES, HIDDEN_SOURCE_BREAKS
from tests.rules.source_breaks import SOURCE_BREAKS

if TYPE_CHECKING:
    from pathlib import Path

    from django_strict.rules.model import Rule
    from tests.rules.breaks import Break

TODAY: Final = date(2026, 11, 23)
SOURCE_RULES: Final = [
    rule
    for rule in catalogue().values()
    # The examples of all others are about more than one file or about a tool.
    if rule.checks.keys() & {"Module", "Waivers"} and rule.id not in {"DS049"}
]


def rules_broken(path: str, source: str) -> set[str]:
    """Judge one file.

    Args:
        path: Where it would lie.
        source: Its content.

    Returns:
        Ids of the rules it breaks.
    """
    findings = apply_waivers(path, source, check_file(path, source), TODAY)
    return {finding.rule for finding in findings}


@pytest.mark.parametrize("change", proofs([*SOURCE_BREAKS, *HIDDEN_SOURCE_BREAKS]))
def test_a_broken_rule_is_found(change: "Break", rendered: "Path") -> None:
    """The edit, and nothing else in the file, breaks the rule."""
    file = rendered / change.path
    before = file.read_text("utf-8") if change.old else ""
    assert change.rule not in rules_broken(change.path, before)
    assert change.rule in rules_broken(change.path, change.applied(before))


@pytest.mark.parametrize("change", FINE_SOURCES, ids=lambda change: change.shape)
def test_what_is_close_by_and_right_is_left_alone(change: "Break") -> None:
    """The rules of the edits above find nothing."""
    assert rules_broken(change.path, change.applied("")) == set()


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(
            rule, id=f"{rule.id}-its-example", marks=pytest.mark.proves(rule.id)
        )
        for rule in SOURCE_RULES
    ],
)
def test_the_bad_example_is_bad_and_the_good_one_good(rule: "Rule") -> None:
    """What `poe rule` prints is true."""
    assert rule.id in rules_broken(rule.where, rule.bad)
    assert rules_broken(rule.where, rule.good) == set()


def test_a_waiver_excepts_its_line() -> None:
    """With an id, a day and a reason, a waivable rule is silent there."""
    source = (
        "X = O.objects.raw('S')  # waive DS060 until 2027-01-01: the owner said so\n"
    )
    assert rules_broken("apps/orders/selectors.py", source) == set()
    assert rules_broken("apps/orders/selectors.py", source * 2) == set()


def test_a_waiver_above_excepts_the_next_line_only() -> None:
    """A long line has room for its waiver above it."""
    waiver = "# waive DS060 until 2027-01-01: the owner said so\n"
    line = "X = O.objects.raw('S')\n"
    path = "apps/orders/selectors.py"
    assert rules_broken(path, waiver + line) == set()
    assert rules_broken(path, waiver + line + line) == {"DS060"}


def test_the_word_waive_in_a_string_waives_nothing() -> None:
    """Only comments except lines."""
    source = "X = O.objects.raw('# waive DS060 until 2027-01-01: some reason here')\n"
    assert rules_broken("apps/orders/selectors.py", source) == {"DS060"}


def test_the_template_breaks_no_rule_as_it_lies_there() -> None:
    """The checker is green on the code it comes with, without a single waiver."""
    files = {
        file.relative_to(TEMPLATE).as_posix(): file.read_text("utf-8")
        for file in sorted(TEMPLATE.rglob("*.py"))
        if ".venv" not in file.parts
    }
    assert check_files(files) == []


@pytest.mark.parametrize("rule", ["DS043", "DS044"])
def test_this_repository_documents_as_its_projects_do(rule: str) -> None:
    """Order of sections and nested functions, in the template and beside it."""
    for path in working_files():
        if path.suffix == ".py":
            source = (ROOT / path).read_text("utf-8")
            module = Module(str(path), source, ast.parse(source))
            assert list(catalogue()[rule].findings("Module", module)) == []
