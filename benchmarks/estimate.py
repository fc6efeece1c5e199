"""How long a run takes, before it begins."""

from typing import Final

from benchmarks.growth import lists, routes
from benchmarks.names import CONTESTANTS, GROWTH_ROUNDS, KINDS, PAGES

# Seconds, as they were seen on two processors: copying, installing, seeding, starts,
# counting and the profile; with --growth also the commands, the image and the apps.
START: Final = 120
GROWTH_START: Final = 160
APPS: Final = 400
# Of a measurement beside its length: starting wrk, waiting until the server is idle.
AROUND: Final = 0.7
# Filling a longer list and starting its server.
LIST: Final = 10


def seconds(rounds: int, length: int, *, growth: bool) -> float:
    """Estimate how long a run takes.

    Args:
        rounds: In which everybody is measured.
        length: Seconds of each measurement.
        growth: Whether growth is measured as well.

    Returns:
        Seconds on a machine like the one of the record.
    """
    total = START + sum(
        min(rounds, kind.rounds or rounds)
        * (len(CONTESTANTS) if name == "health" else len(CONTESTANTS) - 1)
        * (max(length, kind.seconds) + AROUND)
        for name, kind in KINDS.items()
    )
    if not growth:
        return total
    measured = len(lists.COUNTS) * len(PAGES) + len(routes.COUNTS)
    each = GROWTH_ROUNDS * (length + AROUND) + 1 + AROUND
    apart = len(lists.COUNTS) * LIST
    return total + GROWTH_START + APPS + apart + measured * each


def limit(expected: float) -> int:
    """Tell when a run has gone wrong.

    Args:
        expected: Seconds that it should take.

    Returns:
        Seconds; generous, since a slow machine is none that hangs.
    """
    return round(600 + 3 * expected)


def minutes(expected: float) -> str:
    """Write an estimate down.

    Args:
        expected: Seconds.

    Returns:
        Minutes, in words.
    """
    return f"about {max(1, round(expected / 60))} minutes"
