"""What is compared, what a run found, and the file it is kept in."""

from dataclasses import field
from pathlib import Path
from typing import Annotated, Final

from pydantic import ConfigDict, PlainSerializer, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

RECORD: Final = Path(__file__).resolve().parents[1] / "docs" / "performance.json"

PROJECT, BARE, ASGI, THREADS, KEPT = "template", "a", "b", "c", "d"
# Short names for the heads of tables; `docs/performance.md.jinja` describes them.
CONTESTANTS: Final = {
    PROJECT: "this template",
    BARE: "(a) bare Django",
    ASGI: "(b) DRF, uvicorn",
    THREADS: "(c) DRF, gthread",
    KEPT: "(d) gthread, kept",
}
WORKERS: Final = 2
# As many as a worker of the project has database connections.
WORKER_THREADS: Final = 8
CLIENTS: Final = 16
# More logins at once would only wait: a worker hashes four passwords at a time.
LOGINS: Final = 8
USERS: Final = 10_000
PAGE_SIZE: Final = 20
# Of a row of the list.
FIELDS: Final = 7
# In which longer lists and more routes are measured.
GROWTH_ROUNDS: Final = 3
PROFILE_SECONDS: Final = 8
# Samples a second.
PROFILE_RATE: Final = 250
COPY: Final = "copier copy"

# Pages of the growing list. The first has no cursor to read and no condition; the second
# has both, as the last.
FAR_PAGE: Final = 5_000
FIRST: Final = "first page"
LAST: Final = "last page"
FIRST_CURSOR: Final = "first page, by cursor"
SECOND_CURSOR: Final = "second page, by cursor"
LAST_CURSOR: Final = "last page, by cursor"
PAGES: Final = (FIRST, LAST, FIRST_CURSOR, SECOND_CURSOR, LAST_CURSOR)

STRICT: Final = ConfigDict(extra="forbid")
# Five significant digits are kept: no measurement has more.
Number = Annotated[float, PlainSerializer(lambda value: float(f"{value:.5g}"))]


class RecordError(ValueError):
    """A file that this benchmark did not write."""


@dataclass(frozen=True)
class Kind:
    """A kind of request."""

    title: str
    # The least length of a measurement of it.
    seconds: int = 1
    # The most rounds that it takes part in; None for all.
    rounds: int | None = None


KINDS: Final = {
    "health": Kind("Health check"),
    "me": Kind("Own account, by token"),
    "list": Kind("Page of a list of users"),
    # No target depends on these. Few logins fit into a second.
    "login": Kind("Login (Argon2)", seconds=4, rounds=3),
    "invalid": Kind("Validation error", rounds=3),
    "large": Kind("1 MB body refused", rounds=3),
}


@dataclass(config=STRICT)
class Measurements:
    """One contestant and one kind of request, round by round."""

    # Requests per second, and milliseconds until 50 % and 99 % of the answers came.
    rates: list[Number] = field(default_factory=list)
    p50s: list[Number] = field(default_factory=list)
    p99s: list[Number] = field(default_factory=list)
    # Milliseconds of processor time for a request: of the contestant's own processes,
    # and of PostgreSQL and the Redis-protocol server.
    cpus: list[Number] = field(default_factory=list)
    databases: list[Number] = field(default_factory=list)


@dataclass(config=STRICT)
class Memory:
    """The largest worker after the load, in MB (2**20 bytes)."""

    # Memory shared by n processes counts in full (resident set), or as an nth each
    # (proportional set).
    rss: Number
    pss: Number


@dataclass(config=STRICT)
class Service:
    """One contestant as a whole; seconds from each start to the first 200."""

    starts: list[Number]
    memory: Memory


@dataclass(config=STRICT)
class Counts:
    """SQL statements, and messages that the Redis-protocol server read, per request."""

    statements: Number
    round_trips: Number


@dataclass(config=STRICT)
class Apps:
    """The project with a number of further apps; seconds of `poe check`, `poe test`."""

    gate: Number
    tests: Number
    starts: list[Number]
    memory: Memory


@dataclass(config=STRICT)
class Machine:
    """Where it was measured."""

    processors: int
    model: str
    kernel: str
    versions: dict[str, str]


@dataclass(config=STRICT)
class Record:
    """Everything one run found."""

    # When it ended, in UTC, and the commit of this repository.
    date: str
    revision: str
    # Length of a measurement, and how often each was repeated.
    seconds: int
    rounds: int
    # In the compared list.
    users: int
    # Seconds that the run took.
    took: Number
    machine: Machine
    # By contestant and kind of request; by contestant; by kind of request.
    cells: dict[str, dict[str, Measurements]] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)
    # Shares of a page of the list, by contestant; empty if py-spy may not look.
    profiles: dict[str, dict[str, Number]] = field(default_factory=dict)
    # Seconds, run by run.
    commands: dict[str, list[Number]] = field(default_factory=dict)
    # Megabytes of the production image; None without a Docker engine.
    image: Number | None = None
    # Requests per second, round by round: by users and page, by further routes.
    lists: dict[str, dict[str, list[Number]]] = field(default_factory=dict)
    routes: dict[str, list[Number]] = field(default_factory=dict)
    # By number of further apps.
    apps: dict[str, Apps] = field(default_factory=dict)

    def text(self) -> str:
        """Write the record as JSON, one value a line, so that runs can be compared."""
        return TypeAdapter(Record).dump_json(self, indent=1).decode() + "\n"


def parse(text: str) -> Record:
    """Read what `Record.text` wrote; another benchmark's record is refused."""
    try:
        return TypeAdapter(Record).validate_json(text)
    except ValidationError as error:
        message = (
            f"{RECORD.name} holds no record of this benchmark; measure again: "
            f"uv run poe benchmark --growth --output docs\n{error}"
        )
        raise RecordError(message) from error
