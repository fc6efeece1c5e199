"""The registry is complete, and reports say what it says."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from django_strict.rules.__main__ import explanation, listing, main
from django_strict.rules.model import Finding, catalogue, related
from django_strict.rules.reports import as_github, as_sarif, as_text

if TYPE_CHECKING:
    from django_strict.rules.model import Rule

TOOLS: Final = {
    *("ruff", "ruff-format", "mypy", "pydoclint", "import-linter", "pytest"),
    *("makemigrations", "spectacular", "squawk", "uv"),
}
FINDING: Final = Finding("apps/a, b/views.py", 3, 5, "DS020", "a view 100% queries")
RULES: Final = list(catalogue().values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_an_entry_is_complete(rule: "Rule") -> None:
    """It has an id, sentences, examples and somebody who enforces it."""
    assert re.fullmatch(r"DS\d{3}", rule.id)
    for sentence in (rule.title, rule.why, rule.fix):
        assert sentence.endswith("."), sentence
    assert rule.enforcers
    assert {name.partition(" ")[0] for name in rule.enforced_by} <= TOOLS
    assert rule.bad.strip() != rule.good.strip()
    assert rule.where


def test_every_section_of_the_specification_has_rules() -> None:
    """None is forgotten, and rules of one section stand together."""
    sections = [rule.section for rule in RULES]
    assert len(set(sections)) == 11
    assert [a for a, b in pairwise([*sections, ""]) if a != b] == list(
        dict.fromkeys(sections)
    )


def test_a_rule_is_explained_with_its_fix_and_both_examples() -> None:
    """`poe rule` prints all that a reader needs."""
    text = explanation(catalogue()["DS012"])
    for part in (
        "DS012",
        "Why",
        "Fix",
        "Bad (apps/orders/helpers.py)",
        "Good",
        "waive",
    ):
        assert part in text


def test_a_rule_leads_to_its_source() -> None:
    """The line that is printed is the one on which the rule begins."""
    for rule in RULES:
        assert f"{rule.file}:{rule.line}" in explanation(rule)
        lines = rule.file.read_text("utf-8").splitlines()
        assert "rule(" in lines[rule.line - 1]
        assert rule.id in lines[rule.line]


def test_the_list_names_every_rule() -> None:
    """`poe rules` leaves none out."""
    text = listing()
    assert [rule.id for rule in RULES if f"  {rule.id}  " not in text] == []


def test_an_unknown_rule_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The answer says where to look."""
    assert main(["explain", "DS999"]) == 2
    assert "`uv run poe rules` lists them" in capsys.readouterr().out


def test_an_id_may_be_typed_in_lower_case(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is sent away for a small letter."""
    assert main(["explain", "ds012"]) == 0
    assert "DS012" in capsys.readouterr().out


def test_text_reads_like_ruff_with_the_fix_below() -> None:
    """Place, id, sentence, and what to do."""
    first, second, last = as_text([FINDING]).splitlines()
    assert first == "apps/a, b/views.py:3:5 DS020 a view 100% queries"
    assert second == f"    fix: {catalogue()['DS020'].fix}"
    assert "uv run poe rule" in last


def test_github_annotations_are_escaped() -> None:
    """A comma or percent sign does not end the command."""
    line = as_github([FINDING])
    assert line.startswith(
        "::error file=apps/a%2C b/views.py,line=3,col=5,title=DS020::"
    )
    assert "100%25 queries" in line


def test_sarif_names_rules_and_places() -> None:
    """Code scanning understands it."""
    log = json.loads(as_sarif([FINDING]))
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][0]["id"] == "DS020"
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 3, "startColumn": 5}


@pytest.mark.parametrize(
    ("output", "command", "expected"),
    [
        ("a.py:1:1: ERA001 Found commented-out code", ("ruff",), "DS005"),
        ("a.py:1:1: D103 Missing docstring", ("ruff",), "DS037"),
        ("a.py:1:1: F401 unused", ("ruff",), "DS050"),
        ("a.py:1:1: S105 hardcoded", ("ruff",), "DS055"),
        ("a.py:1: error: x  [no-untyped-def]", ("mypy",), "DS035"),
        ("a.py:1: error: x  [return-value]", ("mypy",), "DS036"),
        ("    1: DOC101: Function", ("pydoclint",), "DS038"),
        ("  1:2 unformatted: File would", ("ruff", "format"), "DS051"),
        ("Migrations for 'users'", ("python", "manage.py", "makemigrations"), "DS016"),
    ],
)
def test_the_output_of_other_tools_leads_to_rules(
    output: str, command: tuple[str, ...], expected: str
) -> None:
    """The gate names the house rule beside the tool's own code."""
    assert expected in {rule.id for rule in related(output, command)}


def test_a_silent_tool_leads_to_no_rule() -> None:
    """Words that look like codes are none."""
    assert related("All checks passed! E F FIX S D PL", ("ruff",)) == []
    # A check of Django's, not a code of ruff's.
    assert related("orders.Order.part: (fields.E323) Field specifies", ("ruff",)) == []


def test_examples_name_paths_of_a_project() -> None:
    """They can be typed into a project as they stand."""
    for rule in RULES:
        assert not Path(rule.where).is_absolute()
