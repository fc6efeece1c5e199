"""How long a run takes."""

from benchmarks import estimate
from benchmarks.names import KINDS


def test_more_rounds_take_longer_for_kinds_that_take_part_in_them() -> None:
    """Kinds with few rounds do not count for the others."""
    two = estimate.seconds(20, 2, growth=False) - estimate.seconds(10, 2, growth=False)
    four = estimate.seconds(20, 4, growth=False) - estimate.seconds(10, 4, growth=False)
    kinds = [name for name, kind in KINDS.items() if kind.rounds is None]
    measured = 10 * (len(kinds) * 4 + 1)
    assert round(four - two) == measured * 2


def test_growth_takes_longer() -> None:
    """Longer measurements make it longer still."""
    short = estimate.seconds(5, 1, growth=True) - estimate.seconds(5, 1, growth=False)
    long = estimate.seconds(5, 2, growth=True) - estimate.seconds(5, 2, growth=False)
    assert 0 < short < long


def test_the_limit_is_generous() -> None:
    """A slow machine is none that hangs."""
    assert estimate.limit(60.0) > 600
    assert estimate.limit(3600.0) >= 3 * 3600


def test_an_estimate_is_written_in_minutes() -> None:
    """Nobody needs the seconds."""
    assert estimate.minutes(500.0) == "about 8 minutes"
