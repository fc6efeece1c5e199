"""The rates that a benchmark has to raise."""

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from benchmarks import throttles
from tests.helpers.repository import TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

# As DRF reads them.
RATE = re.compile(r'"(\d+/(?:s|m|h|d)[a-z]*)"')


@pytest.fixture
def project(tmp_path: "Path") -> "Path":
    """Copy the project's own code.

    Args:
        tmp_path: An empty folder.

    Returns:
        The folder with the code.
    """
    for name in ("apps", "config"):
        shutil.copytree(TEMPLATE / name, tmp_path / name)
    return tmp_path


def test_every_rate_of_the_template_is_raised(project: "Path") -> None:
    """No limit is left that a load generator would meet."""
    with throttles.lifted(project):
        found = [
            rate
            for path in project.rglob("*.py")
            if "tests" not in path.relative_to(project).parts
            for rate in RATE.findall(path.read_text("utf-8"))
        ]
    assert set(found) == {throttles.ENDLESS}
    assert len(found) == sum(len(rates) for rates in throttles.RATES.values())


def test_the_rates_come_back_when_the_block_is_left(project: "Path") -> None:
    """An error in between leaves no project without throttles."""
    with pytest.raises(KeyboardInterrupt), throttles.lifted(project):
        raise KeyboardInterrupt
    for name in throttles.RATES:
        assert (project / name).read_text() == (TEMPLATE / name).read_text()


def test_a_rate_that_has_changed_is_named(project: "Path") -> None:
    """Otherwise the benchmark would measure refusals."""
    path = project / "config" / "settings.py"
    path.write_text(path.read_text().replace('"100/hour"', '"101/hour"'))
    with (
        pytest.raises(LookupError, match='holds no rate "100/hour"'),
        throttles.lifted(project),
    ):
        pytest.fail("A rate that was not raised went unnoticed.")
