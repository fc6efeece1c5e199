"""Verdicts come from the numbers."""

from typing import TYPE_CHECKING

import pytest

from benchmarks.record import BARE, FIRST_CURSOR, KEPT, LAST_CURSOR, PROJECT, THREADS
from benchmarks.report import figure, ratios, verdicts
from tests.benchmarks.records import cell, record

if TYPE_CHECKING:
    from benchmarks.record import Record

MET = {
    "Health check: requests per second against (a) bare Django": True,
    "Page of a list of users: requests per second against (b) DRF, uvicorn": True,
    "Page of a list of users: requests per second against (c) DRF, gthread": True,
    "Page of a list of users: requests per second against (d) gthread, kept": False,
    "Start of the servers to the first 200": True,
    "Memory of the largest worker, RSS": True,
    "Memory of the largest worker, PSS": True,
    "Page 5,000 by cursor: requests per second against page 2": True,
}


def met(found: "Record") -> dict[str, bool]:
    """Judge a record."""
    return {title: is_met for title, _, _, is_met in verdicts(found)}


def test_every_target_has_its_verdict() -> None:
    """The numbers decide, one by one."""
    assert met(record()) == MET


def test_a_ratio_on_the_target_is_met() -> None:
    """At least means at least."""
    found = record()
    found.cells[KEPT]["list"] = cell(200.0)
    assert all(met(found).values())


@pytest.mark.parametrize(
    ("rival", "kind", "rate"), [(BARE, "health", 225.0), (THREADS, "list", 201.0)]
)
def test_a_faster_rival_fails_a_target(rival: str, kind: str, rate: float) -> None:
    """A little too slow is not met."""
    found = record()
    found.cells[rival][kind] = cell(rate)
    assert list(met(found).values()).count(False) == 2


def test_a_slow_start_fails_its_target() -> None:
    """The median counts, not the best start."""
    found = record()
    found.services[PROJECT].starts = [1.0, 1.5, 1.6]
    assert not met(found)["Start of the servers to the first 200"]


def test_a_large_worker_fails_its_target() -> None:
    """Ninety is not under ninety."""
    found = record()
    found.services[PROJECT].memory.rss = 90.0
    assert not met(found)["Memory of the largest worker, RSS"]


def test_only_the_second_page_judges_a_far_one() -> None:
    """The first has no cursor to read and no condition."""
    title = "Page 5,000 by cursor: requests per second against page 2"
    found = record()
    found.lists["100000"][FIRST_CURSOR] = [900.0, 450.0]
    assert met(found)[title]
    found.lists["100000"][LAST_CURSOR] = [170.0, 85.0]
    assert not met(found)[title]


def test_what_was_not_measured_has_no_verdict() -> None:
    """A short run claims nothing about growth."""
    found = record()
    found.lists = {}
    assert len(met(found)) == len(MET) - 1


def test_a_figure_shows_its_spread() -> None:
    """One bad round moves the spread and leaves the median alone."""
    assert figure([10, 1000, 12, 11, 9], ",.0f") == "11 (9..1,000)"
    assert figure([25.04], ".1f") == "25.0"


def test_a_ratio_is_computed_within_each_round() -> None:
    """The machine slows down for both sides; their medians would say 2."""
    assert ratios([100, 40, 10], [50, 20, 20]) == [2, 2, 0.5]
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        ratios([1, 2], [1])
