"""Code that follows the rules is left alone."""

import pytest

from tests.rules.good_code import GOOD_CODE
from tests.rules.test_source_rules import rules_broken


@pytest.mark.parametrize("name", GOOD_CODE)
def test_good_code_stays_green(name: str) -> None:
    """The checker does not cry wolf."""
    path, source = GOOD_CODE[name]
    assert rules_broken(path, source) == set()
