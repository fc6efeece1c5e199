"""A project, its servers, and how to fill their databases."""

import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks.behind import Behind
from benchmarks.names import WORKERS
from tests.helpers.project import Project

RIVALS: Final = Path(__file__).with_name("rivals")
SEED_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Place:
    """A rendered project as its image holds it, with its servers.

    Attributes:
        folder: What is served.
        home: The project itself, which keeps the servers.
        database_url: Its PostgreSQL.
        redis_url: Its Redis-protocol server.
        password: Password of the accounts in the databases.
    """

    folder: Path
    home: Path
    database_url: str
    redis_url: str
    password: str

    @property
    def python(self) -> str:
        """The project's interpreter."""
        return str(self.folder / ".venv" / "bin" / "python")

    @property
    def behind(self) -> Behind:
        """The servers behind the project."""
        return Behind(self.home / ".embedded", self.redis_url)

    def variables(self) -> dict[str, str]:
        """Describe a production environment; access lines are on.

        Returns:
            Variables.
        """
        return self.base() | {
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
        """Give the project's database a number of accounts.

        Args:
            count: How many, a member of staff among them.

        Returns:
            The token of that member.
        """
        script = str(RIVALS / "seed.py")
        token = self.output(self.variables(), script, str(count), self.password)
        tidy(self.database_url)
        return token

    def output(self, variables: dict[str, str], *arguments: str) -> str:
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
            timeout=SEED_SECONDS,
        ).stdout.strip()

    def base(self) -> dict[str, str]:
        """Take the caller's environment, without what would leak into a server.

        Returns:
            Variables.
        """
        return Project(self.folder, self.folder / ".venv").variables({})

    def second_database(self) -> str:
        """Make a database for the rivals, so that each contestant has its own tables.

        Returns:
            Its address.
        """
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE plain")
        return urlunsplit(urlsplit(self.database_url)._replace(path="/plain"))


def tidy(url: str) -> None:
    """Do at once what PostgreSQL would do in the background, amid the measurements.

    Args:
        url: A filled database.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
