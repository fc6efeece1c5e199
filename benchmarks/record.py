"""What a run found, and the file it is kept in."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

RECORD: Final = Path(__file__).resolve().parents[1] / "docs" / "performance.json"


class RecordError(ValueError):
    """A file that this benchmark did not write."""


@dataclass(slots=True)
class Cell:
    """One contestant and one kind of request, round by round.

    Attributes:
        rates: Requests per second.
        p50s: Milliseconds within which half of the answers came.
        p99s: Milliseconds within which 99 % of the answers came.
        cpus: Milliseconds that the contestant's processes computed for a request.
        behind: Milliseconds that PostgreSQL and the Redis-protocol server computed
            for a request.
    """

    rates: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    behind: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Memory:
    """The largest worker after the load, in MB (2**20 bytes).

    Attributes:
        rss: Resident set: memory shared with other processes counts in full.
        pss: Proportional set: memory shared by n processes counts as an nth.
    """

    rss: float
    pss: float


@dataclass(slots=True)
class Service:
    """One contestant as a whole.

    Attributes:
        starts: Seconds from the start of its main process to the first 200.
        memory: Its largest worker.
    """

    starts: list[float]
    memory: Memory


@dataclass(slots=True)
class Counts:
    """What one request asks the servers behind the project.

    Attributes:
        statements: SQL statements, BEGIN and COMMIT among them.
        round_trips: Messages that the Redis-protocol server read.
    """

    statements: float
    round_trips: float


@dataclass(slots=True)
class Apps:
    """The project with a number of further apps.

    Attributes:
        gate: Seconds that `poe check` takes with empty caches.
        tests: Seconds that `poe test` takes.
        starts: Seconds to the first 200, start by start.
        memory: The largest worker.
    """

    gate: float
    tests: float
    starts: list[float]
    memory: Memory


@dataclass(slots=True)
class Machine:
    """Where it was measured.

    Attributes:
        processors: How many processors.
        model: What kind.
        kernel: Name and release of the operating system.
        versions: Versions of what took part, by name.
    """

    processors: int
    model: str
    kernel: str
    versions: dict[str, str]


@dataclass(slots=True)
class Record:
    """Everything one run found.

    Attributes:
        date: When it ended, in UTC.
        revision: Commit of this repository, and whether files differed from it.
        seconds: Length of a measurement.
        rounds: How often each was repeated.
        users: How many users the compared list held.
        took: Seconds that the run took.
        machine: Where it was measured.
        cells: Rates and costs, by contestant and kind of request.
        profiles: Shares of the parts of a page of the list, by contestant; empty if the
            kernel did not let py-spy look.
        services: Starts and memory, by contestant.
        counts: Statements and round trips of this template, by kind of request.
        commands: Seconds that commands took, run by run.
        image: Megabytes of the production image, None without a Docker engine.
        lists: Requests per second, round by round, by users in the list and page.
        routes: Requests per second, round by round, by number of further routes.
        apps: Costs by number of further apps.
    """

    date: str
    revision: str
    seconds: int
    rounds: int
    users: int
    took: float
    machine: Machine
    cells: dict[str, dict[str, Cell]]
    services: dict[str, Service]
    counts: dict[str, Counts]
    profiles: dict[str, dict[str, float]] = field(default_factory=dict)
    commands: dict[str, list[float]] = field(default_factory=dict)
    image: float | None = None
    lists: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    routes: dict[str, list[float]] = field(default_factory=dict)
    apps: dict[str, Apps] = field(default_factory=dict)

    def text(self) -> str:
        """Write the record down.

        Returns:
            JSON, one value a line, so that two runs can be compared line by line.
        """
        return json.dumps(_rounded(asdict(self)), indent=1) + "\n"


def load(path: Path = RECORD) -> Record | None:
    """Read a record.

    Args:
        path: Its file.

    Raises:
        RecordError: If an older benchmark wrote it, or somebody changed it by hand.

    Returns:
        The record, None if there is no such file.
    """
    if not path.is_file():
        return None
    try:
        return parse(path.read_text("utf-8"))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        message = (
            f"{path.name} holds no record of this benchmark ({error!r}); measure anew: "
            "uv run poe benchmark --growth --output docs"
        )
        raise RecordError(message) from error


def parse(text: str) -> Record:
    """Read what `Record.text` wrote.

    Args:
        text: The text.

    Returns:
        The record.
    """
    data = json.loads(text)
    data["machine"] = Machine(**data["machine"])
    data["cells"] = {
        name: {kind: Cell(**cell) for kind, cell in kinds.items()}
        for name, kinds in data["cells"].items()
    }
    data["counts"] = {kind: Counts(**found) for kind, found in data["counts"].items()}
    for table, row in (("services", Service), ("apps", Apps)):
        data[table] = {
            name: row(**{**found, "memory": Memory(**found["memory"])})
            for name, found in data[table].items()
        }
    return Record(**data)


def _rounded(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Leave out digits that no measurement has.

    Args:
        value: Anything that JSON can hold.

    Returns:
        The same with five significant digits.
    """
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    return value
