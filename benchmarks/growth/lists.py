"""Pages of a list that grows."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from benchmarks import contestants
from benchmarks.asking import ask
from benchmarks.growth.interleaved import interleaved
from benchmarks.names import (
    FAR_PAGE,
    FIRST,
    FIRST_CURSOR,
    LAST,
    LAST_CURSOR,
    PAGE_SIZE,
    PAGES,
    SECOND_CURSOR,
)

if TYPE_CHECKING:
    from benchmarks.load import Request
    from benchmarks.place import Place
    from benchmarks.progress import Progress

COUNTS: Final = (100, 1_000, 10_000, PAGE_SIZE * FAR_PAGE)
# The project's own code makes the cursor: nobody would follow 5,000 links.
CURSOR: Final = (
    "import sys, django; django.setup()\n"
    "from apps.users.selectors import user_list\n"
    "from apps.core.pagination import cursor_of\n"
    "users = user_list()\n"
    "print(cursor_of(users, users[int(sys.argv[1])]))"
)


def grow(
    place: "Place", seconds: int, progress: "Progress"
) -> dict[str, dict[str, list[float]]]:
    """Measure pages while the list grows.

    Args:
        place: The project with its servers.
        seconds: How long each measurement lasts.
        progress: Tells how far it is.

    Returns:
        Requests per second, round by round, by the number of accounts and the page.
    """
    found = {}
    for count in COUNTS:
        progress(f"growth: a list of {count:,} users")
        contestant = contestants.project(place, place.seed(count))
        last = count // PAGE_SIZE
        queries = (
            "",
            f"?page={last}",
            "?cursor=",
            f"?cursor={_cursor(place, 2)}",
            f"?cursor={_cursor(place, last)}",
        )
        base = contestant.requests["list"]
        pages = {
            name: replace(base, path=base.path + query)
            for name, query in zip(PAGES, queries, strict=True)
        }
        with contestant.serve() as running:
            _check(pages, count, running.port)
            asked = {name: (page, running) for name, page in pages.items()}
            found[str(count)] = interleaved(asked, seconds)
    return found


def _cursor(place: "Place", page: int) -> str:
    """Make the cursor of a page.

    Args:
        place: The project with its servers.
        page: Its number, from two.

    Returns:
        The cursor.
    """
    row = (page - 1) * PAGE_SIZE - 1
    variables = {**place.variables(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    return place.output(variables, "-c", CURSOR, str(row))


def _check(pages: "dict[str, Request]", count: int, port: int) -> None:
    """Make sure that both ways to a page lead to the same one, and the last is the last.

    Args:
        pages: The pages by their names.
        count: How many users the list shall hold.
        port: Port of the server.

    Raises:
        RuntimeError: If a page is another one.
    """
    found = {name: ask(page, port).content for name, page in pages.items()}
    second = replace(pages[FIRST], path=f"{pages[FIRST].path}?page=2")
    rows = {name: page["results"] for name, page in found.items()}
    same = (
        rows[FIRST] == rows[FIRST_CURSOR],
        rows[SECOND_CURSOR] == ask(second, port).content["results"],
        rows[LAST] == rows[LAST_CURSOR],
    )
    if not all(same):
        message = "A page by cursor holds other rows than the same page by number."
        raise RuntimeError(message)
    ends = (found[LAST]["next"], found[LAST_CURSOR]["next"])
    if found[LAST]["count"] != count or len(rows[LAST]) != PAGE_SIZE or any(ends):
        message = f"The list does not end with a full page of {count:,} users."
        raise RuntimeError(message)
