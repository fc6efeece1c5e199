"""Starting servers again and again."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.contestants import Contestant


def starts(contestants: "list[Contestant]", rounds: int) -> dict[str, list[float]]:
    """Start everybody in turn, each alone.

    Args:
        contestants: Who takes part.
        rounds: How often each is started.

    Returns:
        Seconds from the start of the main process to the first 200, by contestant. A
        first start, which compiles what never ran, is not among them.
    """
    found: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for number in range(rounds + 1):
        for contestant in contestants:
            with contestant.serve() as running:
                if number:
                    found[contestant.name].append(running.cold_start)
    return found
