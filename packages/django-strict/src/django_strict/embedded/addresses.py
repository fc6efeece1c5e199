"""What a user of the embedded servers gets."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the embedded servers listen.

    Attributes:
        database_url: URL of an existing PostgreSQL database, with its password. The
            role may create databases (for tests) but is not a superuser.
        redis_url: URL of the Valkey server, with its password; database number 0.
    """

    # Both hold passwords, so neither belongs into a traceback or a log.
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
