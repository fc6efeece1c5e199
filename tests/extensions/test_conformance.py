"""Put rules and proofs together, and render them."""

from copy import copy
from datetime import UTC, datetime
from typing import Final

import pytest

from django_strict.rules import catalogue
from extensions.conformance import (
    ConformanceError,
    Proof,
    cell,
    render,
    rows,
    without_date,
)

RULES: Final = {"DS001": copy(catalogue()["DS001"])}
RULES["DS001"].title = "No | bars."
PROOF: Final = Proof("DS001", "tests/rules/test_x.py", "a comment", passed=True)


def test_a_row_tells_who_enforces_and_what_proves() -> None:
    """With the words that people know."""
    (row,) = rows([PROOF], RULES)
    assert row.section == "Zero tolerance directives"
    assert row.enforcers[:1] == ["django-strict (source)"]
    assert "ruff FIX" in row.enforcers
    assert row.proofs == {"tests/rules/test_x.py": ["a comment"]}
    assert row.result == "1 passed"


def test_a_failed_proof_is_told() -> None:
    """The page never says more than the tests."""
    failed = Proof("DS001", "tests/rules/test_x.py", "a string", passed=False)
    assert rows([PROOF, failed], RULES)[0].result == "1 of 2 failed"


def test_a_rule_without_a_proof_is_an_error() -> None:
    """Nothing is claimed without a test."""
    with pytest.raises(ConformanceError, match="without a proof: DS001"):
        rows([], RULES)


def test_a_proof_of_an_unknown_rule_is_an_error() -> None:
    """A misspelt id proves nothing."""
    wrong = Proof("DS999", "tests/rules/test_x.py", "a comment", passed=True)
    with pytest.raises(ConformanceError, match="unknown rules: DS999"):
        rows([PROOF, wrong], RULES)


def test_a_bar_does_not_end_a_cell() -> None:
    """And a line break neither."""
    assert cell("a | b\n c") == "a \\| b c"


def test_the_page_tells_the_day_of_the_run_and_is_compared_without_it() -> None:
    """A page of yesterday is not stale."""
    text = render(rows([PROOF], RULES))
    today = datetime.now(UTC).date().isoformat()
    assert f"Date of the run: {today}\n" in text
    assert without_date(text) == without_date(text.replace(today, "2000-01-01"))
    assert "| DS001 | No \\| bars. |" in text
