"""The typed environment: every variable that this project reads, in one model.

Values come from the process environment, then from ``.env``, then from files named like
the variables in ``/run/secrets``. No secret has a default. ``.env.example`` is generated
from the model (``uv run poe fix``).
"""

import os
import re
from pathlib import Path
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from django_strict_asgi import environment, forms
from django_strict_asgi.capacity import Capacity
from django_strict_asgi.forms import CommaList
from django_strict_asgi.pooler import conflicts
from django_strict_asgi.project import Project
from pydantic import Field, SecretStr
from pydantic.functional_validators import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BASE_DIR: Final = Path(__file__).resolve().parent.parent
SECRETS_DIR: Final = Path(os.environ.get("DJANGO_SECRETS_DIR", "/run/secrets"))
# Passwords are hashed a few at a time, so that other requests still find processor and
# memory.
HASHES_AT_ONCE: Final = 4
LOG_LEVELS: Final = {"local": "DEBUG", "staging": "INFO", "production": "WARNING"}
# Variables with a form of their own.
FORMS: Final = {
    "django_secret_key": forms.SECRET_KEY,
    "django_secret_key_fallbacks": forms.SECRET_KEYS,
    "django_allowed_hosts": forms.HOSTS,
    "django_csrf_trusted_origins": forms.ORIGINS,
    "django_cors_origins": forms.ORIGINS,
    "database_url": forms.POSTGRESQL,
    "database_direct_url": forms.POSTGRESQL,
    "media_storage_url": forms.STORAGE,
    "redis_url": forms.REDIS,
    "redis_session_url": forms.REDIS,
}


PROJECT: Final = Project.read(BASE_DIR / "config" / "project.toml")


class Env(Capacity, BaseSettings):
    """The environment; a field is named like its variable, in lower case.

    A field's text becomes the comment in ``.env.example`` and its first example (or its
    default) the value there; its last example is what a message proposes.
    """

    model_config = SettingsConfigDict(
        env_file=BASE_DIR / ".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        # A folder that does not exist makes pydantic warn at every start.
        secrets_dir=SECRETS_DIR if SECRETS_DIR.is_dir() else None,
        use_attribute_docstrings=True,
    )

    # --- The kind of machine.
    django_environment: Literal["local", "staging", "production"] = Field(
        default="production", examples=["local"]
    )
    """Where the project runs: local, staging or production (the default)."""
    django_debug: bool = Field(default=False, examples=["false"])
    """Django's debug pages instead of JSON errors; only allowed in local."""
    web_concurrency: int | None = Field(default=None, ge=1, examples=["", "4"])
    """Worker processes; by default two per processor of the container and one."""

    # --- Django itself.
    django_secret_key: SecretStr = Field(examples=["", forms.RANDOM])
    """Signs sessions, tokens and reset links: 50 random characters or more."""
    django_secret_key_fallbacks: SecretStr = Field(
        default=SecretStr(""), examples=["", forms.RANDOM]
    )
    """Secret keys of before, with commas; what they signed is still valid."""
    django_allowed_hosts: CommaList = Field(
        default=(), examples=["localhost,127.0.0.1,[::1]", PROJECT.domain]
    )
    """Host names of the API, the public one first, with commas and no wildcards."""
    django_csrf_trusted_origins: CommaList = Field(
        default=(), examples=["", f"https://www.{PROJECT.domain}"]
    )
    """Other origins that may send session requests, with scheme and commas."""
    django_cors_origins: CommaList = Field(
        default=(), examples=["", f"https://www.{PROJECT.domain}"]
    )
    """Origins whose pages may call the API with a token, with scheme and commas."""
    django_admin_path: str = Field(
        default="admin/", pattern=r"^[a-z0-9][a-z0-9_/-]*/$", max_length=100
    )
    """Path of the admin site, with a slash at its end."""
    django_num_proxies: int | None = Field(
        default=None, ge=0, le=10, examples=["0", "1"]
    )
    """Trusted proxies in front of the app: 1 (nginx) by default, 0 in local."""

    # --- Logging.
    django_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] | None = Field(
        default=None, examples=["", "INFO"]
    )
    """DEBUG, INFO, WARNING or ERROR; by default DEBUG in local, INFO in staging,
    WARNING in production."""
    django_log_format: Literal["json", "console"] | None = Field(
        default=None, examples=["", "json"]
    )
    """json or console; by default console in local, json elsewhere."""

    # --- PostgreSQL.
    database_url: SecretStr = Field(
        default=SecretStr(""), examples=[PROJECT.database.example]
    )
    """PostgreSQL, or a pooler in front of it; empty in local starts one of the
    project's own."""
    database_pooler: Literal["none", "transaction"] = "none"
    """What DATABASE_URL leads to: PostgreSQL (none), or a pooler such as PgBouncer that
    lends connections for a transaction each."""
    database_direct_url: SecretStr = Field(
        default=SecretStr(""), examples=["", PROJECT.database.example]
    )
    """PostgreSQL past such a pooler, for manage.py and the queue's worker."""
    database_pool_min_size: int = Field(default=1, ge=1)
    """Connections each worker keeps open."""
    database_pool_max_size: int | None = Field(default=None, ge=1, examples=["", "8"])
    """Connections of each worker at most, and one fewer threads for views; by default
    the worker's share of DATABASE_MAX_CONNECTIONS, up to 8."""
    database_max_connections: int = Field(default=100, ge=1)
    """PostgreSQL's max_connections, of which 8 are kept for each of WORKER_REPLICAS and
    10 for others, or all of the pooler's max_client_conn."""
    app_replicas: int | None = Field(default=None, ge=1, examples=["", "3"])
    """Containers of the app that share those connections, with one more while an update
    replaces them; by default this one has them all."""
    worker_replicas: int = Field(default=1, ge=0)
    """Workers of the queue."""
    database_statement_timeout: float = Field(default=20, ge=0)
    """Seconds that a statement of a request may run, 0 for no limit; manage.py has
    none."""
    database_pool_timeout: float = Field(default=3, gt=0)
    """Seconds a request waits for a free thread or connection before it is answered
    503."""

    # --- Redis, for the cache and for sessions.
    redis_url: SecretStr = Field(
        default=SecretStr(""), examples=[PROJECT.redis.example]
    )
    """Redis database of the cache; empty in local starts a server of its own."""
    redis_session_url: SecretStr = Field(
        default=SecretStr(""), examples=["", PROJECT.redis.example]
    )
    """Redis database of the sessions; by default the one that config/project.toml names,
    on the server of REDIS_URL."""

    # --- Uploads.
    media_storage_url: SecretStr = Field(
        default=SecretStr(""),
        examples=["", "s3://KEY:SECRET@s3.example.com/BUCKET?region=eu-central-1"],
    )
    """Where uploads lie: file:///FOLDER, by default media/ of the project, or an S3
    bucket, whose host browsers reach (s3+http:// without TLS)."""
    max_body_mib: int = Field(default=1, ge=1, le=100, examples=["1", "10"])
    """Largest body of a request in MiB, an upload above all; nginx has the same limit."""

    # --- Outgoing e-mail.
    email_host: str = Field(default="", examples=["", f"smtp.{PROJECT.domain}"])
    """SMTP server; empty writes mails to the log, which only local may do."""
    email_port: int = Field(default=587, ge=1, le=65535)
    """Port of the SMTP server."""
    email_host_user: str = ""
    """Account at the SMTP server."""
    email_host_password: SecretStr = SecretStr("")
    """Password of that account."""
    email_use_tls: bool = Field(default=True, examples=["true"])
    """Encrypt with STARTTLS."""
    default_from_email: str = f"noreply@{PROJECT.domain}"
    """Sender of all mails."""
    email_confirmation_required: bool | None = Field(
        default=None, examples=["", "true"]
    )
    """Whether the e-mail must be confirmed before the first login; by default yes, no in
    local."""
    email_confirmation_url: str = f"https://{PROJECT.domain}/email-confirmation"
    """Page of the front end that a confirmation mail links to, with uid and token."""
    password_reset_url: str = f"https://{PROJECT.domain}/password-reset"
    """Page of the front end that a reset mail links to; uid and token are added as its
    query."""

    check_form = field_validator(*FORMS)(forms.checked(FORMS))

    @property
    def is_local(self) -> bool:
        """Whether this is a developer's machine."""
        return self.django_environment == "local"

    @property
    def confirms_email(self) -> bool:
        """Whether an account may log in only once its e-mail is confirmed."""
        required = self.email_confirmation_required
        return not self.is_local if required is None else required

    @property
    def secret_key_fallbacks(self) -> list[str]:
        """The secret keys of before, one by one."""
        keys = self.django_secret_key_fallbacks.get_secret_value().split(",")
        return [key.strip() for key in keys if key.strip()]

    @property
    def is_direct(self) -> bool:
        """Whether this process answers no requests: manage.py, the queue's worker."""
        return "DATABASE_DIRECT" in os.environ

    @property
    def log_level(self) -> str:
        """The least severe level that is logged."""
        return self.django_log_level or LOG_LEVELS[self.django_environment]

    @property
    def log_format(self) -> str:
        """The form of log lines: ``json`` or ``console``."""
        return self.django_log_format or ("console" if self.is_local else "json")

    @property
    def num_proxies(self) -> int:
        """How many proxies in front of the project are trusted."""
        default = 0 if self.is_local else 1
        return default if self.django_num_proxies is None else self.django_num_proxies

    @property
    def media_root(self) -> Path:
        """The folder of uploads, where no bucket takes them."""
        url = urlsplit(self.media_storage_url.get_secret_value())
        own = BASE_DIR / "media"
        return Path(unquote(url.path)) if url.scheme == "file" else own

    @property
    def session_url(self) -> SecretStr:
        """The Redis database of the sessions."""
        url = urlsplit(self.redis_url.get_secret_value())
        server = re.sub(r"/\d*/?$", "", url.path)
        own = url._replace(path=f"{server}/{PROJECT.redis.session_db}").geturl()
        return self.redis_session_url or SecretStr(own)


def load() -> Env:
    """Read every variable.

    Raises:
        ImproperlyConfigured: With a sentence for each variable that is wrong.

    Returns:
        The environment, checked.
    """
    return environment.valid(*read())


def read() -> tuple[Env, dict[str, str]]:
    """Read every variable and find all that is wrong at once.

    Returns:
        The environment, with defaults in the place of what cannot be read, and a
        sentence for each variable that is wrong, by its name; none holds a value.
    """
    return environment.read(Env, _conflicts)


def _conflicts(env: Env) -> dict[str, str]:
    """Find what is wrong with a variable only beside others.

    Args:
        env: Variables that are each right.

    Returns:
        Sentences without name and full stop, by field.
    """
    where, needed = env.django_environment, ["database_url", "redis_url"]
    how = (
        "run the command through `uv run poe` (serve, test, manage and check start "
        "development servers), or "
    )
    if not env.is_local:
        needed, how = [*needed, "django_allowed_hosts", "email_host"], ""
    problems = {
        name: f"is not set, and {where} needs it; {how}set it to "
        f"{environment.example(Env, name)}, for instance"
        for name in needed
        if not getattr(env, name)
    }
    urls = (env.database_url, env.database_direct_url)
    pooled = env.database_pooler != "none"
    problems |= conflicts(*(url.get_secret_value() for url in urls), pooled=pooled)
    if env.database_pool_min_size > env.pool_max_size:
        text = "must not exceed DATABASE_POOL_MAX_SIZE; lower it"
        problems["database_pool_min_size"] = text
    if env.is_local:
        return problems
    if env.django_debug:
        problems["django_debug"] = f"must be false in {where}; remove it"
    if env.too_many_connections:
        problems["database_max_connections"] = env.too_many_connections
    servers = ("database_url", "database_direct_url", "redis_url", "redis_session_url")
    weak = [name for name in servers if forms.is_weak(getattr(env, name))]
    return problems | dict.fromkeys(weak, forms.WEAK_PASSWORD)
