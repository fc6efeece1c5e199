"""Medians, spreads, and ratios that a drifting machine does not bend."""

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Figure:
    """A repeated measurement.

    Attributes:
        median: Its median.
        least: The smallest value.
        most: The largest value.
        count: How many values there were.
    """

    median: float
    least: float
    most: float
    count: int

    @classmethod
    def of(cls, values: "Sequence[float]") -> Self:
        """Sum up what was measured.

        Args:
            values: One value or more.

        Returns:
            The figure.
        """
        middle = statistics.median(values)
        return cls(middle, min(values), max(values), len(values))

    def text(self, pattern: str = ".2f") -> str:
        """Write the figure with its spread.

        Args:
            pattern: Python's format of a number.

        Returns:
            The median, and in brackets what lies furthest from it on both sides; a
            single value has no spread.
        """
        if self.count == 1:
            return f"{self.median:{pattern}}"
        spread = f"{self.least:{pattern}}..{self.most:{pattern}}"
        return f"{self.median:{pattern}} ({spread})"


def ratio(ours: "Sequence[float]", theirs: "Sequence[float]") -> Figure:
    """Compare two measurements that were taken in turn.

    A machine that slows down from round to round slows both down: the ratio of each
    round stays what it is, where the ratio of two medians may not.

    Args:
        ours: Values, round by round.
        theirs: Values of the same rounds.

    Returns:
        Ours divided by theirs.
    """
    return Figure.of([a / b for a, b in zip(ours, theirs, strict=True)])
