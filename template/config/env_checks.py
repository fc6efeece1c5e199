"""What is wrong with the environment only beside another variable.

Every function returns one sentence per variable; none holds a value.
"""

from typing import TYPE_CHECKING

from config import capacity, env_rules as rules
from config.project import PROJECT

if TYPE_CHECKING:
    from pydantic import SecretStr

    from config.env import (
        DatabaseSettings,
        DjangoSettings,
        EmailSettings,
        RedisSettings,
        RuntimeSettings,
    )


def pool(database: "DatabaseSettings") -> list[str]:
    """Check the sizes of the connection pool.

    Args:
        database: PostgreSQL, with the sizes filled in.

    Returns:
        Sentences.
    """
    if database.pool_min_size <= (database.pool_max_size or 0):
        return []
    return ["DATABASE_POOL_MIN_SIZE must not exceed DATABASE_POOL_MAX_SIZE; lower it."]


def connections(database: "DatabaseSettings", workers: int) -> list[str]:
    """Check that PostgreSQL accepts as many connections as the workers may open.

    Args:
        database: PostgreSQL, with the sizes filled in.
        workers: Number of workers.

    Returns:
        Sentences.
    """
    needed = workers * (database.pool_max_size or 0)
    left = database.max_connections - capacity.RESERVED_CONNECTIONS
    if needed <= left:
        return []
    sentence = (
        f"DATABASE_MAX_CONNECTIONS leaves {max(0, left)} connections, and {workers} "
        f"workers may open {needed}; raise it together with PostgreSQL's "
        "max_connections, or lower DATABASE_POOL_MAX_SIZE or WEB_CONCURRENCY."
    )
    return [sentence]


def outside_local(
    runtime: "RuntimeSettings",
    django: "DjangoSettings",
    database: "DatabaseSettings",
    redis: "RedisSettings",
    email: "EmailSettings",
) -> list[str]:
    """Check what only a developer's machine may do without.

    Args:
        runtime: The kind of machine, not a developer's.
        django: Django itself.
        database: PostgreSQL.
        redis: Redis.
        email: Outgoing e-mail.

    Returns:
        Sentences.
    """
    where = runtime.environment.value
    problems = []
    if runtime.debug:
        problems.append(f"DJANGO_DEBUG must be false in {where}; remove it.")
    if not django.allowed_hosts:
        problems.append(_missing("DJANGO_ALLOWED_HOSTS", where, PROJECT.domain))
    if not email.host:
        problems.append(_missing("EMAIL_HOST", where, f"smtp.{PROJECT.domain}"))
    example = PROJECT.database.url("PASSWORD")
    problems += _server("DATABASE_URL", database.url, where, example)
    example = PROJECT.redis.url("PASSWORD")
    problems += _server("REDIS_URL", redis.url, where, example)
    if redis.session_url:
        problems += _server("REDIS_SESSION_URL", redis.session_url, where, example)
    return problems


def _missing(name: str, where: str, example: str) -> str:
    """Say that a variable is missing.

    Args:
        name: The variable.
        where: The environment that needs it.
        example: What it could be.

    Returns:
        The sentence.
    """
    return (
        f"{name} is not set, and {where} needs it; set it to {example}, for instance."
    )


def _server(name: str, url: "SecretStr | None", where: str, example: str) -> list[str]:
    """Check the address of a server and the password in it.

    Args:
        name: The variable.
        url: Its value.
        where: The environment that needs it.
        example: What it could be.

    Returns:
        Sentences.
    """
    if url is None:
        return [_missing(name, where, example)]
    try:
        rules.strong_password(url)
    except ValueError as error:
        return [f"{name} {error}"]
    return []
