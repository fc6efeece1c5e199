"""Who takes part: the rendered project and four other ways to serve Django."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.load import Request
from benchmarks.names import (
    ASGI,
    BARE,
    KEPT,
    LOGINS,
    PROJECT,
    THREADS,
    WORKER_THREADS,
    WORKERS,
)
from benchmarks.place import RIVALS, tidy
from benchmarks.processes import running

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benchmarks.place import Place
    from benchmarks.processes import Running

LARGE: Final = "x" * (1024 * 1024 + 1024)
JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way to serve Django.

    Attributes:
        name: One of `benchmarks.names.CONTESTANTS`.
        command: Starts it.
        folder: Where it starts.
        variables: Its environment.
        requests: What it is asked, by the kind of request.
    """

    name: str
    command: list[str]
    folder: "Path"
    variables: dict[str, str]
    requests: dict[str, Request]

    def serve(self) -> "AbstractContextManager[Running]":
        """Serve it.

        Returns:
            The running server, as a context manager.
        """
        path = self.requests["health"].path
        return running(self.command, self.folder, self.variables, path)


def project(place: "Place", token: str, folder: "Path | None" = None) -> Contestant:
    """Describe the rendered project.

    Args:
        place: The project with its servers.
        token: A token of staff.
        folder: Where it lies, if not in its place.

    Returns:
        The contestant.
    """
    https = {"X-Forwarded-Proto": "https"}
    credentials = {**https, "Authorization": f"Token {token}"}
    login = {"email": "staff@example.com", "password": place.password}
    post = {**https, **JSON}
    api = "/api/v1"
    settings = ["config.asgi:application", "-c", "config/gunicorn.conf.py"]
    where = folder or place.folder
    return Contestant(
        PROJECT,
        [*_gunicorn(place), *settings],
        where,
        {**place.variables(), "PYTHONPATH": str(where)},
        {
            "health": Request("/api/health/", headers=https),
            "me": Request(f"{api}/users/me/", headers=credentials),
            "list": Request(f"{api}/users/", headers=credentials),
            "login": Request(
                f"{api}/auth/token/", 200, json.dumps(login), post, clients=LOGINS
            ),
            "invalid": Request(f"{api}/auth/register/", 400, '{"email":"x"}', post),
            "large": Request(f"{api}/auth/register/", 413, LARGE, post, cut=True),
        },
    )


def rivals(place: "Place", count: int) -> list[Contestant]:
    """Describe the four others, with a filled database.

    Args:
        place: The project with its servers.
        count: How many accounts, a member of staff among them.

    Returns:
        The contestants.
    """
    url = place.second_database()
    variables = {
        **place.base(),
        "PLAIN_DATABASE_URL": url,
        "PYTHONPATH": str(RIVALS),
    }
    script = str(RIVALS / "plain.py")
    token = place.output(variables, script, "seed", str(count), place.password)
    tidy(url)
    credentials = {"Authorization": f"Token {token}"}
    login = {"username": "staff", "password": place.password}
    health = {"health": Request("/health/")}
    requests = {
        **health,
        "me": Request("/users/me/", headers=credentials),
        "list": Request("/users/", headers=credentials),
        "login": Request("/token/", 200, json.dumps(login), JSON, clients=LOGINS),
        "invalid": Request("/register/", 400, '{"email":"x"}', JSON),
        "large": Request("/register/", 400, LARGE, JSON, cut=True),
    }
    # Each is served with the kind of view that suits it.
    threaded = {**requests, "health": Request("/health-sync/")}
    server = [*_gunicorn(place), "--workers", str(WORKERS)]
    asgi = [*server, "--worker-class", "uvicorn_worker.UvicornWorker"]
    threads = ["--worker-class", "gthread", "--threads", str(WORKER_THREADS)]
    wsgi = [*server, *threads, "plain:wsgi"]
    folder = place.folder.parent
    kept = {**variables, "PLAIN_CONN_MAX_AGE": "600"}
    return [
        Contestant(BARE, [*asgi, "bare:application"], folder, variables, health),
        Contestant(ASGI, [*asgi, "plain:asgi"], folder, variables, requests),
        Contestant(THREADS, wsgi, folder, variables, threaded),
        Contestant(KEPT, wsgi, folder, kept, threaded),
    ]


def _gunicorn(place: "Place") -> list[str]:
    """Start a command line.

    Args:
        place: The project with its servers.

    Returns:
        Its first words.
    """
    return [place.python, "-m", "gunicorn", "--no-control-socket"]
