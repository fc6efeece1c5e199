"""Load the whole environment at once, or say everything that is wrong with it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured
from pydantic import SecretStr, ValidationError

from config import capacity, env_checks, env_rules as rules
from config.env import (
    BASE_DIR,
    DatabaseSettings,
    DjangoSettings,
    EmailSettings,
    Environment,
    LogSettings,
    ProjectSettings,
    RedisSettings,
    RuntimeSettings,
)
from config.project import PROJECT

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# System checks of the house rules, and `startapp`. The image holds no development tools.
DEVELOPMENT_APPS = ["devtools"] if (BASE_DIR / "devtools").is_dir() else []
EMBEDDED_FOLDER = BASE_DIR / ".embedded"
LOG_LEVELS = {
    Environment.LOCAL: "DEBUG",
    Environment.STAGING: "INFO",
    Environment.PRODUCTION: "WARNING",
}


class EnvironmentInvalidError(ImproperlyConfigured):
    """The environment does not let the project start.

    Attributes:
        problems: One sentence per variable, none of which holds a value.
    """

    def __init__(self, problems: list[str]) -> None:
        """Join the sentences to one message.

        Args:
            problems: One sentence per variable.
        """
        self.problems = problems
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(
            "The project cannot start with this environment:\n"
            f"{lines}\n"
            "Variables are read from the environment, from .env and from /run/secrets. "
            "On a developer's machine `uv run poe serve` writes a working .env."
        )


@dataclass(frozen=True, slots=True)
class LoadedEnvironment:
    """The environment, checked and complete.

    Attributes:
        runtime: The kind of machine.
        django: Django itself.
        log: Logging.
        database: PostgreSQL; after ``load`` with a URL.
        redis: Redis; after ``load`` with both URLs.
        email: Outgoing e-mail.
    """

    runtime: RuntimeSettings
    django: DjangoSettings
    log: LogSettings
    database: DatabaseSettings
    redis: RedisSettings
    email: EmailSettings

    @property
    def models(self) -> tuple[ProjectSettings, ...]:
        """All models, in the order of ``config.env.MODELS``.

        Returns:
            The models.
        """
        return (
            self.runtime,
            self.django,
            self.log,
            self.database,
            self.redis,
            self.email,
        )

    @property
    def is_local(self) -> bool:
        """Whether this is a developer's machine.

        Returns:
            True in ``local``, False in staging and production.
        """
        return self.runtime.environment is Environment.LOCAL

    @property
    def workers(self) -> int:
        """How many worker processes serve the project.

        Returns:
            The configured number, or what the processors allow.
        """
        return self.runtime.workers or capacity.default_workers()

    @property
    def log_level(self) -> str:
        """The configured log level, or the environment's own.

        Returns:
            The name of a level.
        """
        return self.log.level or LOG_LEVELS[self.runtime.environment]

    @property
    def num_proxies(self) -> int:
        """How many proxies in front of the project are trusted.

        Returns:
            The configured number, or none in ``local`` and one (nginx) elsewhere.
        """
        if self.django.num_proxies is not None:
            return self.django.num_proxies
        return 0 if self.is_local else 1

    @property
    def log_format(self) -> str:
        """The configured log format, or the environment's own.

        Returns:
            ``json`` or ``console``.
        """
        return self.log.format or ("console" if self.is_local else "json")


def read() -> tuple[LoadedEnvironment | None, list[str]]:
    """Read and check every variable, and start nothing.

    Returns:
        The environment as it was found, or None, and one sentence for each problem.
    """
    problems: list[str] = []
    runtime = _read(RuntimeSettings, problems)
    django = _read(DjangoSettings, problems)
    log = _read(LogSettings, problems)
    database = _read(DatabaseSettings, problems)
    redis = _read(RedisSettings, problems)
    email = _read(EmailSettings, problems)
    workers = (runtime and runtime.workers) or capacity.default_workers()
    if database:
        database = _with_pool_size(database, workers)
        problems += env_checks.pool(database)
    if runtime and runtime.environment is not Environment.LOCAL:
        if database:
            problems += env_checks.connections(database, workers)
        problems += env_checks.outside_local(runtime, django, database, redis, email)
    if not (runtime and django and log and database and redis and email):
        return None, problems
    return LoadedEnvironment(runtime, django, log, database, redis, email), problems


def load() -> LoadedEnvironment:
    """Read and check every variable; start embedded servers where they are due.

    Returns:
        The complete environment.

    Raises:
        EnvironmentInvalidError: With all problems at once, if there are any.
        ImproperlyConfigured: If the embedded servers cannot be started.
    """
    environment, problems = read()
    if environment is None or problems:
        raise EnvironmentInvalidError(problems)
    database, redis = environment.database, environment.redis
    if environment.is_local:
        database, redis = _with_embedded(database, redis)
    return replace(environment, database=database, redis=_with_sessions(redis))


def _read[Model: ProjectSettings](
    model: type[Model], problems: list[str]
) -> Model | None:
    """Read one model.

    Args:
        model: The model.
        problems: Takes a sentence for each finding.

    Returns:
        The settings, or None when something is wrong with them.
    """
    try:
        return model()
    except ValidationError as error:
        problems += [_sentence(detail) for detail in error.errors()]
        return None


def _sentence(detail: "ErrorDetails") -> str:
    """Turn one finding of pydantic into a sentence that names the variable.

    Args:
        detail: The finding.

    Returns:
        The sentence, without the variable's value.
    """
    name = str(detail["loc"][0])
    if detail["type"] == "missing":
        return f"{name} is not set; {rules.MAKE_ONE}."
    text = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error":
        return f"{name} {text}"
    return f"{name} is not valid: {text}."


def _with_pool_size(database: DatabaseSettings, workers: int) -> DatabaseSettings:
    """Fill in how many connections a worker opens at most.

    Args:
        database: PostgreSQL.
        workers: Number of workers.

    Returns:
        PostgreSQL, with that number.
    """
    size = database.pool_max_size or capacity.default_pool_size(
        workers=workers, max_connections=database.max_connections
    )
    return database.model_copy(update={"pool_max_size": size})


def _with_embedded(
    database: DatabaseSettings, redis: RedisSettings
) -> tuple[DatabaseSettings, RedisSettings]:
    """Fill in addresses that are not set with those of embedded servers.

    Args:
        database: PostgreSQL.
        redis: Redis.

    Returns:
        Both, with a URL each.

    Raises:
        ImproperlyConfigured: If the servers cannot be started, or this is an image
            and there are none.
    """
    if database.url and redis.url:
        return database, redis
    if not DEVELOPMENT_APPS:
        message = (
            "DATABASE_URL and REDIS_URL must be set: embedded servers exist only where "
            "the development tools do."
        )
        raise ImproperlyConfigured(message)
    # Development tooling: absent from the image, imported only where it is needed.
    from devtools.embedded import EmbeddedError, acquire  # noqa: PLC0415

    try:
        addresses = acquire(EMBEDDED_FOLDER)
    except EmbeddedError as error:
        raise ImproperlyConfigured(str(error)) from error
    return (
        database.model_copy(
            update={"url": database.url or SecretStr(addresses.database_url)}
        ),
        redis.model_copy(update={"url": redis.url or SecretStr(addresses.redis_url)}),
    )


def _with_sessions(redis: RedisSettings) -> RedisSettings:
    """Fill in the address of the session database.

    Args:
        redis: Redis, with the cache's URL.

    Returns:
        Redis, with both URLs.
    """
    if redis.session_url or redis.url is None:
        return redis
    parts = urlsplit(redis.url.get_secret_value())
    session_url = urlunsplit(parts._replace(path=f"/{PROJECT.redis.session_db}"))
    return redis.model_copy(update={"session_url": SecretStr(session_url)})
