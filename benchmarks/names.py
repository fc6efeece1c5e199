"""What is compared, with whom, and what the project sets out to reach."""

from dataclasses import dataclass
from typing import Final

PROJECT: Final = "template"
BARE: Final = "a"
ASGI: Final = "b"
THREADS: Final = "c"
KEPT: Final = "d"
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
# A login computes for about 240 ms. More at once only wait for a processor, and after
# three seconds the project answers 503, as it should.
LOGINS: Final = 8
USERS: Final = 10_000
PAGE_SIZE: Final = 20
# Of a row of the list.
FIELDS: Final = 7
# In which longer lists and more routes are measured.
GROWTH_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request.

    Attributes:
        title: What it is.
        seconds: The least length of a measurement of it.
        rounds: The most rounds that it takes part in; None for all.
    """

    title: str
    seconds: int = 1
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


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio that the project sets out to reach.

    Attributes:
        kind: Kind of request.
        rival: Whom it is compared with.
        ratio: Least share of the rival's requests per second.
    """

    kind: str
    rival: str
    ratio: float


TARGETS: Final = (
    Target("health", BARE, 0.9),
    Target("list", ASGI, 1.8),
    Target("list", THREADS, 1.0),
    Target("list", KEPT, 1.0),
)
START_SECONDS: Final = 1.5
WORKER_MEGABYTES: Final = 90.0
# The least share of the second page's rate that a page far behind it must have.
FLAT: Final = 0.9

FAR_PAGE: Final = 5_000
FIRST: Final = "first page"
LAST: Final = "last page"
# The first page has no cursor to read and no condition; the second has both, as the last.
FIRST_CURSOR: Final = "first page, by cursor"
SECOND_CURSOR: Final = "second page, by cursor"
LAST_CURSOR: Final = "last page, by cursor"
PAGES: Final = (FIRST, LAST, FIRST_CURSOR, SECOND_CURSOR, LAST_CURSOR)
