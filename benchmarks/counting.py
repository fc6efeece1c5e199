"""Counting what one request asks the servers behind the project."""

import http.client
from typing import TYPE_CHECKING, Final

from benchmarks.record import Counts

if TYPE_CHECKING:
    from benchmarks.behind import Behind
    from benchmarks.contestants import Contestant
    from benchmarks.load import Request

REQUESTS: Final = 20
KINDS: Final = ("health", "me", "list", "login", "invalid")


def counts(contestant: "Contestant", behind: "Behind") -> dict[str, Counts]:
    """Count statements and round trips for each kind of request.

    Args:
        contestant: The rendered project.
        behind: The servers behind it.

    Returns:
        What one request costs, by its kind.
    """
    with contestant.serve() as running, behind.statements() as log:
        found = {}
        for kind in KINDS:
            request = contestant.requests[kind]
            # The first ones open connections, in both workers.
            _ask(request, running.port, REQUESTS)
            asking = -behind.round_trips() + behind.round_trips()
            statements, round_trips = log.statements(), behind.round_trips()
            _ask(request, running.port, REQUESTS)
            round_trips = behind.round_trips() - round_trips - asking
            statements = log.statements() - statements
            found[kind] = Counts(statements / REQUESTS, round_trips / REQUESTS)
    return found


def _ask(request: "Request", port: int, times: int) -> None:
    """Send a request a number of times, one after the other.

    Args:
        request: The request.
        port: Port of the server.
        times: How often.

    Raises:
        RuntimeError: If an answer has another status than the request expects.
    """
    method = "POST" if request.body else "GET"
    for _ in range(times):
        # A connection each, so that both workers get their share.
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        client.request(method, request.path, request.body or None, request.headers)
        status = client.getresponse().status
        client.close()
        if status != request.status:
            message = f"{request.path} answered {status}, not {request.status}."
            raise RuntimeError(message)
