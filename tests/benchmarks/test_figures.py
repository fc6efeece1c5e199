"""Medians, spreads and ratios."""

import pytest

from benchmarks.figures import Figure, ratio


def test_a_figure_is_median_least_and_most() -> None:
    """One bad round moves the spread and leaves the median alone."""
    assert Figure.of([10, 1000, 12, 11, 9]) == Figure(11, 9, 1000, 5)


def test_a_figure_shows_its_spread() -> None:
    """Readers see how noisy it was."""
    assert Figure(1234.5, 1000, 2000, 3).text(",.0f") == "1,234 (1,000..2,000)"


def test_a_single_value_shows_no_spread() -> None:
    """What was measured once does not look as steady as a rock."""
    assert Figure.of([25.04]).text(".1f") == "25.0"


def test_a_ratio_is_computed_within_each_round() -> None:
    """The machine slows down for both sides; the medians would say 2."""
    assert ratio([100, 40, 10], [50, 20, 20]) == Figure(2, 0.5, 2, 3)


def test_a_drift_does_not_bend_a_ratio() -> None:
    """Both are measured on a machine that slows down from round to round."""
    ours, theirs = [100, 50, 10], [80, 40, 8]
    assert ratio(ours, theirs) == Figure(1.25, 1.25, 1.25, 3)


def test_rounds_that_only_one_side_has_are_an_error() -> None:
    """A value without its neighbour says nothing."""
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        ratio([1, 2], [1])
