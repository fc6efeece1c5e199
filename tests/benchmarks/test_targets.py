"""Verdicts come from the numbers."""

from typing import TYPE_CHECKING

import pytest

from benchmarks.names import BARE, FIRST_CURSOR, KEPT, LAST_CURSOR, PROJECT, THREADS
from benchmarks.targets import verdicts
from tests.benchmarks.records import cell, record

if TYPE_CHECKING:
    from benchmarks.record import Record
    from benchmarks.targets import Verdict

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


def test_every_target_has_its_verdict() -> None:
    """The numbers decide, one by one."""
    assert {row.title: row.met for row in verdicts(record())} == MET


def test_a_ratio_on_the_target_is_met() -> None:
    """At least means at least."""
    found = record()
    found.cells[KEPT]["list"] = cell(200.0)
    assert all(row.met for row in verdicts(found))


@pytest.mark.parametrize(
    ("rival", "kind", "rate"), [(BARE, "health", 225.0), (THREADS, "list", 201.0)]
)
def test_a_faster_rival_fails_a_target(rival: str, kind: str, rate: float) -> None:
    """A little too slow is not met."""
    found = record()
    found.cells[rival][kind] = cell(rate)
    failed = [row.title for row in verdicts(found) if not row.met]
    assert len(failed) == 2


def test_a_slow_start_fails_its_target() -> None:
    """The median counts, not the best start."""
    found = record()
    found.services[PROJECT].starts = [1.0, 1.5, 1.6]
    assert not verdict(found, "Start of the servers").met


def test_a_large_worker_fails_its_target() -> None:
    """Ninety is not under ninety."""
    found = record()
    found.services[PROJECT].memory.rss = 90.0
    assert not verdict(found, "RSS").met
    assert verdict(found, "PSS").met


def test_a_slow_far_page_fails_its_target() -> None:
    """Flat means no slower than the page behind the first cursor, but for noise."""
    found = record()
    found.lists["100000"][LAST_CURSOR] = [170.0, 85.0]
    row = verdict(found, "Page 5,000")
    assert row.found == "0.85 (0.85..0.85) times"
    assert not row.met


def test_a_quick_first_page_decides_nothing() -> None:
    """It has no cursor to read and no condition; the second page has both."""
    found = record()
    found.lists["100000"][FIRST_CURSOR] = [900.0, 450.0]
    assert verdict(found, "Page 5,000").met


def test_what_was_not_measured_has_no_verdict() -> None:
    """A short run claims nothing about growth."""
    found = record()
    found.lists = {}
    assert not [row for row in verdicts(found) if "Page 5,000" in row.title]


def verdict(found: "Record", part: str) -> "Verdict":
    """Look a verdict up.

    Args:
        found: What was found.
        part: Part of its title.

    Returns:
        The verdict.
    """
    return next(row for row in verdicts(found) if part in row.title)
