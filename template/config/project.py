"""What this project is called and where it lives, from ``config/project.toml``."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where the project's PostgreSQL is expected.

    Attributes:
        name: Database name.
        user: Role that owns the database.
        host: Host name or address.
        port: TCP port.
    """

    name: str
    user: str
    host: str
    port: int

    def url(self, password: str) -> str:
        """Build the address as a URL.

        Args:
            password: Password of the role; quoted here.

        Returns:
            A ``postgresql://`` URL.
        """
        secret = quote(password, safe="")
        return f"postgresql://{self.user}:{secret}@{self.host}:{self.port}/{self.name}"


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where the project's Redis is expected.

    Attributes:
        host: Host name or address.
        port: TCP port.
        cache_db: Number of the logical database that holds the cache.
        session_db: Number of the logical database that holds the sessions.
    """

    host: str
    port: int
    cache_db: int
    session_db: int

    def url(self, password: str) -> str:
        """Build the address of the cache database as a URL.

        Args:
            password: Password of the server; quoted here.

        Returns:
            A ``redis://`` URL.
        """
        secret = quote(password, safe="")
        return f"redis://:{secret}@{self.host}:{self.port}/{self.cache_db}"


@dataclass(frozen=True, slots=True)
class Project:
    """The answers given when the project was made.

    Attributes:
        slug: Name for machines.
        name: Name for people.
        description: One sentence.
        domain: Public host name in production.
        time_zone: IANA time zone.
        database: Expected PostgreSQL.
        redis: Expected Redis.
    """

    slug: str
    name: str
    description: str
    domain: str
    time_zone: str
    database: DatabaseAddress
    redis: RedisAddress


def load(path: Path) -> Project:
    """Read a ``project.toml``.

    Args:
        path: The file.

    Returns:
        Its content, typed.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Project(
        slug=data["slug"],
        name=data["name"],
        description=data["description"],
        domain=data["domain"],
        time_zone=data["time_zone"],
        database=DatabaseAddress(**data["database"]),
        redis=RedisAddress(**data["redis"]),
    )


PROJECT: Final = load(Path(__file__).with_name("project.toml"))
