"""Who is measured after whom."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def in_turn[Entry](entries: "Iterable[Entry]", number: int) -> list[Entry]:
    """Order a round: whoever comes after a busy neighbour comes before it in the next.

    Args:
        entries: Who takes part.
        number: Number of the round, from zero.

    Returns:
        The same, in the opposite order in every second round.
    """
    order = list(entries)
    return order if number % 2 == 0 else order[::-1]
