"""Comparing the contestants, in turn and round by round."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from benchmarks import fairness
from benchmarks.load import repeat
from benchmarks.names import KINDS
from benchmarks.profiling import profiles
from benchmarks.record import Cell, Service
from benchmarks.turns import in_turn

if TYPE_CHECKING:
    from benchmarks.behind import Behind
    from benchmarks.contestants import Contestant
    from benchmarks.processes import Running
    from benchmarks.progress import Progress

type Served = list[tuple["Contestant", "Running"]]
type Cells = dict[str, dict[str, Cell]]


def compare(  # noqa: PLR0913 - what a comparison is made of
    contestants: "list[Contestant]",
    behind: "Behind",
    *,
    starts: dict[str, list[float]],
    rounds: int,
    seconds: int,
    progress: "Progress",
) -> tuple[Cells, dict[str, Service], dict[str, dict[str, float]]]:
    """Measure all contestants in turn, round after round.

    Args:
        contestants: Who takes part; all are served at the same time, one is asked.
        behind: The servers behind them.
        starts: Seconds that their starts took.
        rounds: How often.
        seconds: How long each measurement lasts.
        progress: Tells how far it is.

    Returns:
        A cell for each contestant and kind of request, a line for each contestant, and
        profiles of two of them.
    """
    with ExitStack() as stack:
        served = [(c, stack.enter_context(c.serve())) for c in contestants]
        fairness.check(served)
        cells: Cells = {c.name: {k: Cell() for k in c.requests} for c in contestants}
        progress("comparing: warming up")
        for contestant, running in served:
            for kind, request in contestant.requests.items():
                repeat(request, running.port, KINDS[kind].seconds)
            running.until_idle()
        for number in range(rounds):
            progress(f"comparing: round {number + 1} of {rounds}")
            _round(in_turn(served, number), behind, number, seconds, cells)
        services = {
            contestant.name: Service(starts[contestant.name], running.worker_memory())
            for contestant, running in served
        }
        # After the memory was measured: whoever is sampled gets more of the list.
        sampled = profiles(served, progress)
    return cells, services, sampled


def _round(
    order: Served, behind: "Behind", number: int, seconds: int, cells: Cells
) -> None:
    """Measure everybody once.

    Args:
        order: The contestants, in the order of this round.
        behind: The servers behind them.
        number: Number of the round, from zero.
        seconds: How long each measurement lasts.
        cells: Take the results.
    """
    for kind, description in KINDS.items():
        if description.rounds is not None and number >= description.rounds:
            continue
        for contestant, running in order:
            if kind in contestant.requests:
                length = max(seconds, description.seconds)
                cell = cells[contestant.name][kind]
                _measure(contestant, running, behind, kind, length, cell)


def _measure(  # noqa: PLR0913, PLR0917 - what a measurement is made of
    contestant: "Contestant",
    running: "Running",
    behind: "Behind",
    kind: str,
    seconds: int,
    cell: Cell,
) -> None:
    """Run the load generator once.

    Args:
        contestant: Whom to ask.
        running: Its server.
        behind: The servers behind it.
        kind: What to ask for.
        seconds: For how long.
        cell: Takes the result.
    """
    request = contestant.requests[kind]
    own, others = running.cpu_seconds(), behind.cpu_seconds()
    result = repeat(request, running.port, seconds)
    running.until_idle()
    # At its end the load generator leaves each client's last request unanswered; the
    # server has worked for it all the same.
    asked = result.requests + request.clients
    cell.rates.append(result.rate)
    cell.p50s.append(result.p50)
    cell.p99s.append(result.p99)
    cell.cpus.append(1000 * (running.cpu_seconds() - own) / asked)
    cell.behind.append(1000 * (behind.cpu_seconds() - others) / asked)
