"""Load the whole environment at once, or say everything that is wrong with it."""

from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured
from pydantic import Field, SecretStr, ValidationError, create_model

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
DEVELOPMENT_APPS = ["django_strict"] if find_spec("django_strict") else []
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
    invalid = {_variable(problem) for problem in problems}
    workers = runtime.workers or capacity.default_workers()
    database = _with_pool_size(database, workers)
    further = env_checks.pool(database)
    # Whose kind is unknown may be a developer's machine, which needs little.
    is_elsewhere = runtime.environment is not Environment.LOCAL
    if is_elsewhere and "DJANGO_ENVIRONMENT" not in invalid:
        further += env_checks.connections(database, workers)
        further += env_checks.outside_local(runtime, django, database, redis, email)
    problems += [each for each in further if _variable(each) not in invalid]
    if invalid:
        return None, problems
    return LoadedEnvironment(runtime, django, log, database, redis, email), problems


def load() -> LoadedEnvironment:
    """Read and check every variable; start embedded servers where they are due.

    Raises:
        EnvironmentInvalidError: With all problems at once, if there are any.
        ImproperlyConfigured: If the embedded servers cannot be started.

    Returns:
        The complete environment.
    """
    environment, problems = read()
    if environment is None or problems:
        raise EnvironmentInvalidError(problems)
    database, redis = environment.database, environment.redis
    if environment.is_local:
        database, redis = _with_embedded(database, redis)
    return replace(environment, database=database, redis=_with_sessions(redis))


def _read[Model: ProjectSettings](model: type[Model], problems: list[str]) -> Model:
    """Read one model.

    Args:
        model: The model.
        problems: Takes a sentence for each finding.

    Returns:
        The settings, with defaults in the place of variables that are complained of:
        what is wrong with the others is told at the same start.
    """
    try:
        return model()
    except ValidationError as error:
        details = error.errors()
        problems += [_sentence(detail) for detail in details]
        return _without(model, {str(detail["loc"][0]) for detail in details})


def _without[Model: ProjectSettings](model: type[Model], names: set[str]) -> Model:
    """Read one model as if some variables were not set.

    Args:
        model: The model.
        names: The variables.

    Returns:
        The settings; None for what is not set and has no default.
    """
    unset: dict[str, Any] = {
        name: (
            Any,
            Field(
                default=None if field.is_required() else field.default,
                # Without a name of its own it would be read from one like "URL".
                validation_alias=f"{field.validation_alias} (not set)",
            ),
        )
        for name, field in model.model_fields.items()
        if field.validation_alias in names
    }
    return create_model(model.__name__, __base__=model, **unset)()


def _variable(problem: str) -> str:
    """Tell which variable a sentence is about.

    Args:
        problem: The sentence.

    Returns:
        Its first word.
    """
    return problem.partition(" ")[0]


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

    Raises:
        ImproperlyConfigured: If the servers cannot be started, or this is an image
            and there are none.

    Returns:
        Both, with a URL each.
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
    from django_strict.embedded import EmbeddedError, acquire  # noqa: PLC0415

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
