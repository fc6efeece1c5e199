"""What a project was called when it was made: its ``config/project.toml``."""

import tomllib
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel

if TYPE_CHECKING:
    from pathlib import Path


class DatabaseAnswers(BaseModel):
    """Where PostgreSQL is expected."""

    name: str
    user: str
    host: str
    port: int

    @property
    def example(self) -> str:
        """Its address, with ``PASSWORD`` in the place of the password."""
        return f"postgresql://{self.user}:PASSWORD@{self.host}:{self.port}/{self.name}"


class RedisAnswers(BaseModel):
    """Where Redis is expected."""

    host: str
    port: int
    cache_db: int
    session_db: int

    @property
    def example(self) -> str:
        """Address of the cache, with ``PASSWORD`` in the place of the password."""
        return f"redis://:PASSWORD@{self.host}:{self.port}/{self.cache_db}"


class Project(BaseModel):
    """The answers given when the project was made."""

    slug: str
    name: str
    description: str
    domain: str
    time_zone: str
    database: DatabaseAnswers
    redis: RedisAnswers

    @classmethod
    def read(cls, file: "Path") -> Self:
        """Read the answers.

        Args:
            file: Where they are.

        Returns:
            The answers, each of its type.
        """
        return cls.model_validate(tomllib.loads(file.read_text("utf-8")))
