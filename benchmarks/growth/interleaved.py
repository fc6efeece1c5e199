"""Asking several requests in turn."""

from typing import TYPE_CHECKING

from benchmarks.load import repeat
from benchmarks.names import GROWTH_ROUNDS
from benchmarks.turns import in_turn

if TYPE_CHECKING:
    from benchmarks.load import Request
    from benchmarks.processes import Running


def interleaved(
    asked: "dict[str, tuple[Request, Running]]", seconds: int
) -> dict[str, list[float]]:
    """Measure requests in turn, after a warm-up of each.

    Args:
        asked: Requests and their servers, by name.
        seconds: How long each measurement lasts.

    Returns:
        Requests per second, round by round, by name.
    """
    found: dict[str, list[float]] = {name: [] for name in asked}
    for request, running in asked.values():
        repeat(request, running.port, 1)
        running.until_idle()
    for number in range(GROWTH_ROUNDS):
        for name, (request, running) in in_turn(asked.items(), number):
            found[name].append(repeat(request, running.port, seconds).rate)
            # What it still computes must not take processors from the next.
            running.until_idle()
    return found
