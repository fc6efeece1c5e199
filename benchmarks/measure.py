"""The measurements."""

import statistics
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import psycopg

from benchmarks.load import Request, repeat

if TYPE_CHECKING:
    from benchmarks.contestants import Contestant, Place
    from benchmarks.processes import Running

# PostgreSQL's statistics are at most a second behind.
STATISTICS_DELAY: Final = 1.5
PAGE: Final = 20
# A server that uses less in a fifth of a second is idle; waiting ends after a while.
IDLE: Final = 0.02
LEFTOVERS: Final = 100


@dataclass(slots=True)
class Cell:
    """What was found for one contestant and one kind of request, run by run.

    Attributes:
        rates: Requests per second.
        p99s: Milliseconds within which 99 % were answered.
        cpus: Milliseconds of processor time for a request.
    """

    rates: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median of the rates."""
        return statistics.median(self.rates)


@dataclass(slots=True)
class Server:
    """What was found for one contestant as a whole.

    Attributes:
        cold_start: Seconds from its start to the first answer.
        memory: Resident memory of its largest worker after the load, in MB.
    """

    cold_start: float
    memory: float = 0.0


def compare(
    contestants: "list[Contestant]", rounds: int, seconds: int
) -> tuple[dict[tuple[str, str], Cell], dict[str, Server]]:
    """Measure all contestants in turn, round after round.

    Args:
        contestants: Who takes part; all are served at the same time, one is asked.
        rounds: How often.
        seconds: How long each measurement lasts.

    Returns:
        A cell for each contestant and kind of request, and one line per contestant.
    """
    cells: dict[tuple[str, str], Cell] = {}
    with ExitStack() as stack:
        served = [(c, stack.enter_context(c.serve())) for c in contestants]
        found = {c.name: Server(running.cold_start) for c, running in served}
        for number in range(rounds + 1):
            for kind in contestants[0].requests:
                for contestant, running in served:
                    request = contestant.requests.get(kind)
                    if request is None:
                        continue
                    if number == 0:
                        # Warms up and does not count.
                        repeat(request, running.port, 1)
                    else:
                        cell = cells.setdefault((contestant.name, kind), Cell())
                        # Few logins fit into a second; each takes a good part of one.
                        longer = 3 if kind == "login" else 1
                        _measure(request, running, longer * seconds, cell)
        for contestant, running in served:
            found[contestant.name].memory = running.worker_memory()
    return cells, found


def _measure(request: Request, running: "Running", seconds: int, cell: Cell) -> None:
    """Run the load generator once.

    Args:
        request: What to send.
        running: The server.
        seconds: For how long.
        cell: Takes the result.
    """
    before = running.cpu_seconds()
    result = repeat(request, running.port, seconds)
    used = _idle(running) - before
    cell.rates.append(result.rate)
    cell.p99s.append(result.p99)
    cell.cpus.append(1000 * used / max(1, result.requests))


def _idle(running: "Running") -> float:
    """Wait until a server has done what the load generator left behind.

    Args:
        running: The server.

    Returns:
        Processor time that it has used until then, in seconds.
    """
    used = running.cpu_seconds()
    for _ in range(LEFTOVERS):
        time.sleep(0.2)
        now = running.cpu_seconds()
        if now - used <= IDLE:
            return now
        used = now
    return used


def statements(place: "Place", contestant: "Contestant", kind: str) -> float:
    """Count the transactions of a request; outside of one, each statement is one.

    Args:
        place: The project with its servers.
        contestant: The rendered project.
        kind: Kind of request.

    Returns:
        Transactions for each request.
    """
    with contestant.serve() as running:
        repeat(contestant.requests[kind], running.port, 1)
        time.sleep(STATISTICS_DELAY)
        before = _transactions(place)
        result = repeat(contestant.requests[kind], running.port, 2)
        time.sleep(STATISTICS_DELAY)
        return (_transactions(place) - before) / result.requests


def _transactions(place: "Place") -> int:
    """Ask PostgreSQL how many transactions there were.

    Args:
        place: The project with its servers.

    Returns:
        The number.
    """
    query = (
        "SELECT xact_commit + xact_rollback FROM pg_stat_database "
        "WHERE datname = current_database()"
    )
    with psycopg.connect(place.database_url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def growth_of_list(
    place: "Place", counts: list[int], seconds: int
) -> dict[int, dict[str, float]]:
    """Measure pages of a list that grows.

    Args:
        place: The project with its servers.
        counts: How many accounts, from few to many.
        seconds: How long each measurement lasts.

    Returns:
        Requests per second for the first page, the last and one behind a cursor, by
        the number of accounts.
    """
    table = {}
    for count in counts:
        contestant = place.project(place.seed(count))
        base = contestant.requests["list"]
        with contestant.serve() as running:
            last = max(1, count // PAGE)
            paths = {
                "first page": "",
                "last page": f"?page={last}",
                "last page by cursor": f"?cursor={_cursor_near_the_end(place)}",
            }
            table[count] = {
                name: repeat(
                    Request(base.path + query, headers=base.headers),
                    running.port,
                    seconds,
                ).rate
                for name, query in paths.items()
            }
    return table


def _cursor_near_the_end(place: "Place") -> str:
    """Make the cursor of the last page.

    Args:
        place: The project with its servers.

    Returns:
        The cursor.
    """
    code = (
        "import django; django.setup()\n"
        "from apps.users.selectors import user_list\n"
        "from apps.core.pagination import cursor_of\n"
        "users = user_list()\n"
        f"print(cursor_of(users, users.reverse()[min({PAGE}, users.count() - 1)]))"
    )
    return subprocess.run(
        [place.python, "-c", code],
        cwd=place.folder,
        env={**place.variables(), "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.strip()


def growth_of_routes(
    place: "Place", token: str, counts: list[int], seconds: int
) -> dict[int, float]:
    """Measure a request while the project gets more and more routes before it.

    Args:
        place: The project with its servers.
        token: A token of staff.
        counts: How many routes to add.
        seconds: How long each measurement lasts.

    Returns:
        Requests per second by the number of added routes.
    """
    urls = place.folder / "config" / "urls.py"
    original = urls.read_text(encoding="utf-8")
    table = {}
    try:
        for count in counts:
            extra = (
                f"\nurlpatterns[:0] = [path(f'extra/{{i}}/<int:pk>/', live) "
                f"for i in range({count})]\n"
            )
            urls.write_text(original + extra, encoding="utf-8")
            contestant = place.project(token)
            with contestant.serve() as running:
                request = contestant.requests["me"]
                repeat(request, running.port, 1)
                table[count] = repeat(request, running.port, seconds).rate
    finally:
        urls.write_text(original, encoding="utf-8")
    return table


def timed(place: "Place", *command: str) -> float:
    """Time one of the project's own commands.

    Args:
        place: The project.
        *command: The command.

    Returns:
        Seconds.
    """
    started = time.perf_counter()
    subprocess.run(
        ["uv", "run", *command], cwd=place.folder, check=False, capture_output=True
    )
    return time.perf_counter() - started
