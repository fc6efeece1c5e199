"""Samples of a worker, summed up by package."""

from benchmarks.profiling import shares

SAMPLES = """\
run (gunicorn/arbiter.py:1);call (apps/core/asgi.py:9);get (django/db/models/query.py:2) 5
run (threading.py:1);execute (psycopg/cursor.py:3);wait (selectors.py:4);<built-in> 3
loop (asyncio/base_events.py:1);_run (asyncio/events.py:88) 2
"""


def test_a_sample_counts_for_the_innermost_package() -> None:
    """Python's own library counts for whoever called it, if anybody did."""
    found = {"django": 0.5, "psycopg": 0.3, "standard library": 0.2}
    assert shares(SAMPLES) == found


def test_without_samples_there_is_no_profile() -> None:
    """A kernel that does not let py-spy look does not end the run."""
    assert shares("") == {}
