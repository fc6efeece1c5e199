"""The typed environment: every variable this project reads, one model per concern.

Values come from the process environment, then from ``.env``, then from files named like
the variables in ``/run/secrets``. No secret has a default. ``.env.example`` and the
README's table are generated from these models (``django-strict env-files``).
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    StringConstraints,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config import capacity, env_rules as rules
from config.project import PROJECT

BASE_DIR: Final = Path(__file__).resolve().parent.parent


class Environment(StrEnum):
    """Where the project runs."""

    LOCAL = "local"
    STAGING = "staging"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """Least severe level that is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


# Named here and not in the classes: pydantic needs these names at run time, and an
# import that only an annotation uses would be moved behind TYPE_CHECKING.
Count = PositiveInt
Seconds = PositiveFloat
SecondsOrNone = NonNegativeFloat
LogFormat = Literal["json", "console"]
SecretKey = Annotated[SecretStr, AfterValidator(rules.strong_secret_key)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(rules.postgresql_url)]
RedisUrl = Annotated[SecretStr, AfterValidator(rules.redis_url)]
Password = SecretStr
HostNames = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(rules.comma_list),
    AfterValidator(rules.no_wildcard_host),
]
Origins = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(rules.comma_list),
    AfterValidator(rules.https_or_local_origins),
]
UrlPath = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_/-]*/$", max_length=100)
]
Port = Annotated[int, Field(ge=1, le=65535)]
Proxies = Annotated[int, Field(ge=0, le=10)]


def variable(name: str, about: str, example: str, **options: Any) -> Any:
    """Declare a setting that is read from one environment variable.

    Args:
        name: Name of the variable.
        about: What it is for, for ``.env.example`` and the README.
        example: Value shown in ``.env.example``.
        **options: Passed on to ``pydantic.Field``, ``default`` among them.

    Returns:
        The field, as pydantic expects it on the right of an annotation.
    """
    return Field(
        validation_alias=name,
        description=about,
        examples=[example],
        **options,
    )


class ProjectSettings(BaseSettings):
    """Base of the models: where values come from, and that no value is ever printed."""

    model_config = SettingsConfigDict(
        env_file=BASE_DIR / ".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        # A folder that does not exist makes pydantic warn at every start.
        secrets_dir=rules.existing_folder(
            os.environ.get("DJANGO_SECRETS_DIR", "/run/secrets")
        ),
    )


class RuntimeSettings(ProjectSettings):
    """The kind of machine."""

    environment: Environment = variable(
        "DJANGO_ENVIRONMENT",
        "Where the project runs: local, staging or production (the default).",
        "local",
        default=Environment.PRODUCTION,
    )
    debug: bool = variable(
        "DJANGO_DEBUG",
        "Django's debug pages instead of JSON errors; only allowed in local.",
        "false",
        default=False,
    )
    workers: Count | None = variable(
        "WEB_CONCURRENCY",
        "Worker processes; by default two per processor of the container and one.",
        "",
        default=None,
    )


class DjangoSettings(ProjectSettings):
    """Django itself."""

    secret_key: SecretKey = variable(
        "DJANGO_SECRET_KEY",
        "Signs sessions, tokens and reset links: 50 random characters or more.",
        "",
    )
    allowed_hosts: HostNames = variable(
        "DJANGO_ALLOWED_HOSTS",
        "Host names the API answers to, with commas; wildcards are refused.",
        "localhost,127.0.0.1,[::1]",
        default=(),
    )
    csrf_trusted_origins: Origins = variable(
        "DJANGO_CSRF_TRUSTED_ORIGINS",
        "Other origins that may send session requests, with scheme and commas.",
        "",
        default=(),
    )
    admin_path: UrlPath = variable(
        "DJANGO_ADMIN_PATH",
        "Path of the admin site, with a slash at its end.",
        "admin/",
        default="admin/",
    )
    num_proxies: Proxies | None = variable(
        "DJANGO_NUM_PROXIES",
        "Trusted proxies in front of the app: 1 (nginx) by default, 0 in local.",
        "0",
        default=None,
    )


class LogSettings(ProjectSettings):
    """Logging."""

    level: LogLevel | None = variable(
        "DJANGO_LOG_LEVEL",
        "DEBUG, INFO, WARNING or ERROR; by default DEBUG in local, INFO in staging, "
        "WARNING in production.",
        "",
        default=None,
    )
    format: LogFormat | None = variable(
        "DJANGO_LOG_FORMAT",
        "json or console; by default console in local, json elsewhere.",
        "",
        default=None,
    )


class DatabaseSettings(ProjectSettings):
    """PostgreSQL."""

    url: DatabaseUrl | None = variable(
        "DATABASE_URL",
        "PostgreSQL; empty in local starts one of the project's own.",
        "",
        default=None,
    )
    pool_min_size: Count = variable(
        "DATABASE_POOL_MIN_SIZE",
        "Connections each worker keeps open.",
        "1",
        default=1,
    )
    pool_max_size: Count | None = variable(
        "DATABASE_POOL_MAX_SIZE",
        "Connections of each worker at most, and one fewer threads for views; by default "
        "the worker's share of DATABASE_MAX_CONNECTIONS, up to "
        f"{capacity.LARGEST_POOL}.",
        "",
        default=None,
    )
    max_connections: Count = variable(
        "DATABASE_MAX_CONNECTIONS",
        "PostgreSQL's max_connections, or this replica's share of it; all workers "
        f"together leave {capacity.RESERVED_CONNECTIONS} of them to others.",
        "100",
        default=100,
    )
    statement_timeout: SecondsOrNone = variable(
        "DATABASE_STATEMENT_TIMEOUT",
        "Seconds that a statement of a request may run, 0 for no limit; manage.py "
        "has none.",
        "20",
        default=20.0,
    )
    pool_timeout: Seconds = variable(
        "DATABASE_POOL_TIMEOUT",
        "Seconds a request waits for a free thread or connection before it is answered "
        "503.",
        "3",
        default=3.0,
    )


class RedisSettings(ProjectSettings):
    """Redis, for the cache and for sessions."""

    url: RedisUrl | None = variable(
        "REDIS_URL",
        "Redis database of the cache; empty in local starts a server of its own.",
        "",
        default=None,
    )
    session_url: RedisUrl | None = variable(
        "REDIS_SESSION_URL",
        "Redis database of the sessions; by default number "
        f"{PROJECT.redis.session_db} on the server of REDIS_URL.",
        "",
        default=None,
    )


class EmailSettings(ProjectSettings):
    """Outgoing e-mail."""

    host: str | None = variable(
        "EMAIL_HOST",
        "SMTP server; empty writes mails to the log, which only local may do.",
        "",
        default=None,
    )
    port: Port = variable("EMAIL_PORT", "Port of the SMTP server.", "587", default=587)
    host_user: str = variable(
        "EMAIL_HOST_USER", "Account at the SMTP server.", "", default=""
    )
    host_password: Password | None = variable(
        "EMAIL_HOST_PASSWORD", "Password of that account.", "", default=None
    )
    use_tls: bool = variable(
        "EMAIL_USE_TLS", "Encrypt with STARTTLS.", "true", default=True
    )
    default_from: str = variable(
        "DEFAULT_FROM_EMAIL",
        "Sender of all mails.",
        f"noreply@{PROJECT.domain}",
        default=f"noreply@{PROJECT.domain}",
    )
    password_reset_url: str = variable(
        "PASSWORD_RESET_URL",
        "Page of the front end that a reset mail links to; uid and token are added "
        "as its query.",
        f"https://{PROJECT.domain}/password-reset",
        default=f"https://{PROJECT.domain}/password-reset",
    )


MODELS: Final[tuple[type[ProjectSettings], ...]] = (
    RuntimeSettings,
    DjangoSettings,
    LogSettings,
    DatabaseSettings,
    RedisSettings,
    EmailSettings,
)
