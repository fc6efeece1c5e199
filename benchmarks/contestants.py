"""The contestants: the rendered project and four other ways to serve Django."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from benchmarks import record as terms
from benchmarks.load import LoadError, Request
from benchmarks.project import RIVALS, vacuum
from benchmarks.servers import serve

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benchmarks.project import Deployment
    from benchmarks.servers import Server

LARGE: Final = "x" * (1024 * 1024 + 1024)
JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way to serve Django, and what it is sent by the kind of request."""

    name: str
    command: list[str]
    folder: "Path"
    variables: dict[str, str]
    requests: dict[str, Request]

    def serve(self) -> "AbstractContextManager[Server]":
        """Serve it until a block ends."""
        health = self.requests["health"].path
        return serve(self.command, self.folder, self.variables, health)


def project(
    deployment: "Deployment", token: str, folder: "Path | None" = None
) -> Contestant:
    """Describe the rendered project, served as in production."""
    https = {"X-Forwarded-Proto": "https"}
    credentials = {**https, "Authorization": f"Token {token}"}
    login = json.dumps({"email": "staff@example.com", "password": deployment.password})
    post = {**https, **JSON}
    api = "/api/v1"
    register = f"{api}/auth/register/"
    where = folder or deployment.folder
    return Contestant(
        terms.PROJECT,
        [
            *deployment.gunicorn(),
            *("config.asgi:application", "-c", "config/gunicorn.conf.py"),
        ],
        where,
        {**deployment.variables(), "PYTHONPATH": str(where)},
        {
            "health": Request("/api/health/", headers=https),
            "me": Request(f"{api}/users/me/", headers=credentials),
            "list": Request(f"{api}/users/", headers=credentials),
            "login": Request(
                f"{api}/auth/token/", 200, login, post, clients=terms.LOGINS
            ),
            "invalid": Request(register, 400, '{"email":"x"}', post),
            "large": Request(register, 413, LARGE, post, refused=True),
        },
    )


def rivals(deployment: "Deployment") -> list[Contestant]:
    """Describe the four others, with a database as full as the project's."""
    url = deployment.create_database()
    variables = {
        **deployment.base_variables(),
        "PLAIN_DATABASE_URL": url,
        "PYTHONPATH": str(RIVALS),
    }
    seed = (str(RIVALS / "plain.py"), str(terms.USERS), deployment.password)
    token = deployment.python(variables, *seed)
    vacuum(url)
    credentials = {"Authorization": f"Token {token}"}
    login = json.dumps({"username": "staff", "password": deployment.password})
    health = {"health": Request("/health/")}
    requests = {
        **health,
        "me": Request("/users/me/", headers=credentials),
        "list": Request("/users/", headers=credentials),
        "login": Request("/token/", 200, login, JSON, clients=terms.LOGINS),
        "invalid": Request("/register/", 400, '{"email":"x"}', JSON),
        "large": Request("/register/", 400, LARGE, JSON, refused=True),
    }
    # Each is served with the kind of view that suits it.
    threaded = {**requests, "health": Request("/health-sync/")}
    server = [*deployment.gunicorn(), "--workers", str(terms.WORKERS), "--worker-class"]
    asgi = [*server, "uvicorn_worker.UvicornWorker"]
    wsgi = [*server, "gthread", "--threads", str(terms.WORKER_THREADS), "plain:wsgi"]
    folder = deployment.folder.parent
    kept = {**variables, "PLAIN_CONN_MAX_AGE": "600"}
    return [
        Contestant(terms.BARE, [*asgi, "bare:application"], folder, variables, health),
        Contestant(terms.ASGI, [*asgi, "plain:asgi"], folder, variables, requests),
        Contestant(terms.THREADS, wsgi, folder, variables, threaded),
        Contestant(terms.KEPT, wsgi, folder, kept, threaded),
    ]


def check_list(contestant: Contestant, page: dict[str, Any]) -> None:
    """Refuse a contestant whose list is shorter than the page of results says."""
    rows = page["results"]
    found = (page.get("count"), len(rows), len(rows[0]))
    if found != (terms.USERS, terms.PAGE_SIZE, terms.FIELDS):
        message = f"{contestant.name} has another list (count, rows, fields): {found}"
        raise LoadError(message)
