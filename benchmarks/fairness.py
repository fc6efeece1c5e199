"""Making sure that contestants do the same work before they are compared."""

import json
import time
from typing import TYPE_CHECKING, Any, Final

from benchmarks.asking import ask
from benchmarks.names import FIELDS, PAGE_SIZE, PROJECT, USERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.contestants import Contestant
    from benchmarks.processes import Running

ID: Final = "X-Request-ID"
HEADERS: Final = ("Content-Security-Policy", "Strict-Transport-Security", ID)
# Until a line that was written before the answer is in the file.
LOG_SECONDS: Final = 5.0
# What the page says of the list.
LIST: Final = {
    "rows in all": USERS,
    "rows of the page": PAGE_SIZE,
    "fields of a row": FIELDS,
}


class UnfairError(RuntimeError):
    """Contestants whose numbers would say nothing about each other."""


def check(served: "Iterable[tuple[Contestant, Running]]") -> None:
    """Compare the sizes of everyone's answers, and see the project do all its work.

    Args:
        served: The contestants.

    Raises:
        UnfairError: If they are not equal, are not what the page says, or if the project
            leaves out something that it has in production.
    """
    shapes = {}
    for contestant, running in served:
        if contestant.name == PROJECT:
            check_project(contestant, running)
        if "list" in contestant.requests:
            account = ask(contestant.requests["me"], running.port)
            page = ask(contestant.requests["list"], running.port)
            shapes[contestant.name] = shape(account.content, page.content)
    compare(shapes)
    if not all(LIST.items() <= found.items() for found in shapes.values()):
        message = f"The list is not what the page says: {json.dumps(shapes)}"
        raise UnfairError(message)


def check_project(contestant: "Contestant", running: "Running") -> None:
    """Make sure that the project is measured with all that production has.

    Args:
        contestant: The project.
        running: Its server.

    Raises:
        UnfairError: If a header is missing, or the access line of the request.
    """
    request = contestant.requests["list"]
    headers = ask(request, running.port).headers
    missing = [name for name in HEADERS if name not in headers]
    if missing:
        message = f"{contestant.name} answers without {', '.join(missing)}."
        raise UnfairError(message)
    lines = _lines(running, headers[ID])
    if len(lines) != 1 or request.path not in lines[0]:
        message = (
            f"{contestant.name} wrote {len(lines)} lines for a request, not one access "
            f"line with its id: {lines}"
        )
        raise UnfairError(message)


def shape(account: dict[str, Any], page: dict[str, Any]) -> dict[str, int]:
    """Measure what a contestant answers.

    Args:
        account: Its answer to "me".
        page: Its answer to "list".

    Returns:
        The sizes by name; a page without a count has -1 rows in all.
    """
    rows = page["results"]
    return {
        "fields of the account": len(account),
        "rows in all": page.get("count", -1),
        "rows of the page": len(rows),
        "fields of a row": len(rows[0]),
    }


def compare(shapes: dict[str, dict[str, int]]) -> None:
    """Compare what contestants answer.

    Args:
        shapes: The sizes of their answers.

    Raises:
        UnfairError: If they are not all equal.
    """
    if len({json.dumps(found) for found in shapes.values()}) > 1:
        message = f"Contestants answer with different amounts: {json.dumps(shapes)}"
        raise UnfairError(message)


def _lines(running: "Running", identity: str) -> list[str]:
    """Find what a server wrote about a request.

    Args:
        running: The server.
        identity: Id of the request.

    Returns:
        The lines with that id; none if none came in time.
    """
    deadline = time.monotonic() + LOG_SECONDS
    while True:
        text = running.log.read_text("utf-8", errors="replace")
        lines = [line for line in text.splitlines() if identity in line]
        if lines or time.monotonic() > deadline:
            return lines
        time.sleep(0.05)
