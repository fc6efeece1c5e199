"""Who takes part: the rendered project and three other ways to serve Django."""

import json
import os
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks.load import Request
from benchmarks.processes import running

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from benchmarks.processes import Running

RIVALS: Final = Path(__file__).with_name("rivals")
WORKERS: Final = 2
THREADS: Final = 8
LARGE: Final = "x" * (1024 * 1024 + 1024)
JSON: Final = {"Content-Type": "application/json"}
PROJECT: Final = "this template"
BARE: Final = "(a) bare Django, ASGI"
PLAIN_ASGI: Final = "(b) startproject + DRF, uvicorn worker"
PLAIN_WSGI: Final = "(c) startproject + DRF, gthread"
# What is too much for the throttles is what a benchmark sends. They go on counting.
LIFTED: Final = {
    "apps/core/throttling.py": ("10/min", "20/hour", "10/hour"),
    "config/settings.py": ("100/hour", "1000/hour"),
}
ENDLESS: Final = "1000000000/hour"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way to serve Django.

    Attributes:
        name: What it is.
        command: Starts it.
        folder: Where it starts.
        variables: Its environment.
        requests: What it is asked, by the name of the measurement.
    """

    name: str
    command: list[str]
    folder: Path
    variables: dict[str, str]
    requests: dict[str, Request]

    def serve(self) -> "AbstractContextManager[Running]":
        """Serve it.

        Returns:
            The running server, as a context manager.
        """
        path = self.requests["health"].path
        return running(self.command, self.folder, self.variables, path)


@dataclass(frozen=True, slots=True)
class Place:
    """A rendered project with its servers.

    Attributes:
        folder: The project.
        database_url: Its PostgreSQL.
        redis_url: Its Redis-protocol server.
        password: Password of the accounts in the databases.
    """

    folder: Path
    database_url: str
    redis_url: str
    password: str

    @property
    def python(self) -> str:
        """The project's interpreter."""
        return str(self.folder / ".venv" / "bin" / "python")

    def variables(self) -> dict[str, str]:
        """Describe a production environment; access lines are on.

        Returns:
            Variables.
        """
        return {
            **os.environ,
            "DJANGO_ENVIRONMENT": "production",
            "DJANGO_LOG_LEVEL": "INFO",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
            "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "EMAIL_HOST": "127.0.0.1",
            "WEB_CONCURRENCY": str(WORKERS),
            "PYTHONPATH": str(self.folder),
        }

    def seed(self, count: int) -> str:
        """Fill the project's database.

        Args:
            count: How many accounts.

        Returns:
            A token of staff.
        """
        script = str(RIVALS / "seed.py")
        return self._print(self.variables(), script, str(count), self.password)

    def project(self, token: str) -> Contestant:
        """Describe the rendered project.

        Args:
            token: A token of staff.

        Returns:
            The contestant.
        """
        https = {"X-Forwarded-Proto": "https"}
        credentials = {**https, "Authorization": f"Token {token}"}
        login = {"email": "staff@example.com", "password": self.password}
        api = "/api/v1"
        post = {**https, **JSON}
        return Contestant(
            PROJECT,
            [
                *self._gunicorn(),
                "config.asgi:application",
                "-c",
                "config/gunicorn.conf.py",
            ],
            self.folder,
            self.variables(),
            {
                "health": Request("/api/health/", headers=https),
                "me": Request(f"{api}/users/me/", headers=credentials),
                "list": Request(f"{api}/users/", headers=credentials),
                "login": Request(f"{api}/auth/token/", 200, json.dumps(login), post),
                "invalid": Request(f"{api}/auth/register/", 400, '{"email":"x"}', post),
                "large": Request(f"{api}/auth/register/", 413, LARGE, post),
            },
        )

    def rivals(self, count: int) -> list[Contestant]:
        """Describe the three others, with a filled database.

        Args:
            count: How many accounts.

        Returns:
            The contestants.
        """
        url = self._second_database()
        variables = {**os.environ, "PLAIN_DATABASE_URL": url, "PYTHONPATH": str(RIVALS)}
        script = str(RIVALS / "plain.py")
        token = self._print(variables, script, "seed", str(count), self.password)
        credentials = {"Authorization": f"Token {token}"}
        login = {"username": "staff", "password": self.password}
        health = {"health": Request("/health/")}
        requests = {
            **health,
            "me": Request("/users/me/", headers=credentials),
            "list": Request("/users/", headers=credentials),
            "login": Request("/token/", 200, json.dumps(login), JSON),
            "invalid": Request("/register/", 400, '{"email":"x"}', JSON),
            "large": Request("/register/", 400, LARGE, JSON),
        }
        server = [*self._gunicorn(), "--workers", str(WORKERS)]
        asgi = [*server, "--worker-class", "uvicorn_worker.UvicornWorker"]
        wsgi = [*server, "--worker-class", "gthread", "--threads", str(THREADS)]
        folder = self.folder.parent
        kept = {**variables, "PLAIN_CONN_MAX_AGE": "60"}
        return [
            Contestant(BARE, [*asgi, "bare:application"], folder, variables, health),
            Contestant(PLAIN_ASGI, [*asgi, "plain:asgi"], folder, variables, requests),
            Contestant(PLAIN_WSGI, [*wsgi, "plain:wsgi"], folder, kept, requests),
        ]

    def _gunicorn(self) -> list[str]:
        """Start a command line.

        Returns:
            Its first words.
        """
        return [self.python, "-m", "gunicorn", "--no-control-socket"]

    def _print(self, variables: dict[str, str], *arguments: str) -> str:
        """Run Python in the project.

        Args:
            variables: Its environment.
            *arguments: What follows the interpreter.

        Returns:
            What it printed.
        """
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.folder,
            env=variables,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.strip()

    def _second_database(self) -> str:
        """Make a database for the rivals, so that each contestant has its own tables.

        Returns:
            Its address.
        """
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE plain")
        return urlunsplit(urlsplit(self.database_url)._replace(path="/plain"))


def lift_throttles(folder: Path) -> None:
    """Raise the rates of a rendered project beyond what a benchmark sends.

    Args:
        folder: The project.
    """
    for name, rates in LIFTED.items():
        path = folder / name
        text = path.read_text(encoding="utf-8")
        for rate in rates:
            text = text.replace(f'"{rate}"', f'"{ENDLESS}"')
        path.write_text(text, encoding="utf-8")
