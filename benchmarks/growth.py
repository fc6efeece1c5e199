"""The project with longer lists, more routes and more apps."""

from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from benchmarks import record as terms
from benchmarks.contestants import project as contestant_of
from benchmarks.load import repeat
from benchmarks.project import check_without_caches, poe, ship
from benchmarks.record import Apps

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.contestants import Contestant
    from benchmarks.load import Request
    from benchmarks.project import Deployment
    from benchmarks.servers import Server
    from tests.helpers.project import Project

USERS: Final = (100, 1_000, 10_000, terms.PAGE_SIZE * terms.FAR_PAGE)
ROUTES: Final = (1, 50, 100, 200)
APPS: Final = (0, 1, 10, 30)
STARTS: Final = 3


def lists(
    deployment: "Deployment", seconds: int, progress: "Callable[[str], None]"
) -> dict[str, dict[str, list[float]]]:
    """Measure pages while the list grows."""
    found = {}
    for count in USERS:
        progress(f"growth: a list of {count:,} users")
        contestant = contestant_of(deployment, deployment.seed(count))
        last = count // terms.PAGE_SIZE
        queries = (
            "",
            f"?page={last}",
            "?cursor=",
            f"?cursor={deployment.cursor(terms.PAGE_SIZE - 1)}",
            f"?cursor={deployment.cursor((last - 1) * terms.PAGE_SIZE - 1)}",
        )
        page = contestant.requests["list"]
        with contestant.serve() as server:
            targets = {
                name: (replace(page, path=page.path + query), server)
                for name, query in zip(terms.PAGES, queries, strict=True)
            }
            found[str(count)] = interleaved(targets, seconds)
    return found


def routes(
    deployment: "Deployment", token: str, seconds: int
) -> dict[str, list[float]]:
    """Measure a request while more and more routes are tried before its own."""
    urls = deployment.folder / "config" / "urls.py"
    original = urls.read_text("utf-8")
    targets = {}
    with ExitStack() as stack:
        stack.callback(urls.write_text, original, encoding="utf-8")
        for count in ROUTES:
            extra = (
                "\nfrom django.urls import path as _path\n"
                f"urlpatterns[:0] = [_path(f'extra/{{i}}/<int:pk>/', lambda r, pk: None)"
                f" for i in range({count})]\n"
            )
            urls.write_text(original + extra, encoding="utf-8")
            contestant = contestant_of(deployment, token)
            # It has read its routes when it answers, so the file may change again.
            server = stack.enter_context(contestant.serve())
            targets[str(count)] = (contestant.requests["me"], server)
        return interleaved(targets, seconds)


def apps(
    project: "Project",
    deployment: "Deployment",
    token: str,
    progress: "Callable[[str], None]",
) -> dict[str, Apps]:
    """Measure gate, tests, start and memory while apps are added with `startapp`."""
    found = {}
    for there, count in pairwise((0, *APPS)):
        progress(f"growth: {count} more apps")
        for number in range(there, count):
            poe(project, "startapp", f"growth{number}")
        folder = ship(project.folder, project.folder.parent / "grown")
        contestant = contestant_of(deployment, token, folder)
        seconds = starts([contestant], STARTS)[contestant.name]
        with contestant.serve() as server:
            repeat(contestant.requests["me"], server.port, 1)
            memory = server.worker_memory()
        gate = check_without_caches(project)
        found[str(count)] = Apps(gate, poe(project, "test"), seconds, memory)
    return found


def starts(contestants: list["Contestant"], rounds: int) -> dict[str, list[float]]:
    """Start contestants in turn, each alone; seconds to the first 200 by contestant.

    A first start, which compiles what never ran, is not among them.
    """
    found: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for number in range(rounds + 1):
        for contestant in contestants:
            with contestant.serve() as server:
                if number:
                    found[contestant.name].append(server.start_seconds)
    return found


def interleaved(
    targets: "dict[str, tuple[Request, Server]]", seconds: int
) -> dict[str, list[float]]:
    """Measure requests in turn, after a warm-up of each."""
    found: dict[str, list[float]] = {name: [] for name in targets}
    for request, server in targets.values():
        repeat(request, server.port, 1)
        server.wait_until_idle()
    for number in range(terms.GROWTH_ROUNDS):
        order = list(targets.items())
        for name, (request, server) in order if number % 2 == 0 else order[::-1]:
            found[name].append(repeat(request, server.port, seconds).rate)
            # What it still computes must not take processors from the next.
            server.wait_until_idle()
    return found
