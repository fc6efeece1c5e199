"""Background tasks are measured with real workers, and a page says what was found."""

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.queues import Found, Queue, measure, noted, page, working
from tests.helpers.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("wrong", ["--tasks=1", "--rounds=0"])
def test_an_impossible_number_is_refused(wrong: str) -> None:
    """The sentence says what is allowed."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.queues", wrong, "--output=missing"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "--tasks must be 2 or more, --rounds 1 or more" in done.stderr


def test_three_queues_do_all_their_tasks(tmp_path: "Path") -> None:
    """Each value comes from tasks that ran; those of the page stand in its table."""
    found = measure(tmp_path, tasks=20, rounds=1)
    assert list(found) == ["this template", "django-tasks-db", "procrastinate"]
    for each in found.values():
        for values in (each.enqueued, each.done, each.p50s, each.p99s):
            assert [value for value in values if value > 0] == values != []
    text = page(found, 20)
    assert [f"| {title} | " in text for title in found] == [True] * 3


def test_the_median_stands_beside_the_least_and_the_most() -> None:
    """One round says little about the next."""
    text = page({"x": Found([100.0, 300.0, 200.0], [5.0], [1.0], [2.0])}, 20)
    assert "| x | 200 (100 to 300) | 5.0 (5.0 to 5.0) | 1.0 (" in text


def test_a_worker_that_ends_is_no_measurement(tmp_path: "Path") -> None:
    """Its last words are in the message."""
    notes = tmp_path / "notes"
    notes.touch()
    queue = Queue("broken", ("no_such_module",), {"NOTES": str(notes)}, tmp_path)
    with (
        working(queue, sys.executable) as worker,
        pytest.raises(TimeoutError, match=r"(?s)0 of 1 tasks ran.*no_such_module"),
    ):
        noted(notes, 1, worker)
