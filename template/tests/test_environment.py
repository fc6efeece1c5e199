"""A wrong environment stops the start with sentences that help and betray nothing."""

import secrets
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from config.env import DjangoSettings
from config.environment import EnvironmentInvalidError, load
from tests.environments import install, production, run, with_value, without

if TYPE_CHECKING:
    from pathlib import Path

# Part of each refused value: no sentence may repeat it.
MARK = "q7xz"
MANY = 2  # proxies
LONG = secrets.token_hex(40)


def postgresql(password: str) -> str:
    """Write an address of PostgreSQL."""
    return f"postgresql://app:{password}@db:5432/app"


def redis(password: str) -> str:
    """Write an address of Redis."""
    return f"redis://:{password}@redis:6379/0"


REFUSED = [
    ("DJANGO_ENVIRONMENT", f"prod{MARK}", "'local', 'staging' or 'production'"),
    ("DJANGO_SECRET_KEY", f"{MARK}Short1", "at least 50 random"),
    ("DJANGO_SECRET_KEY", f"django-insecure-{MARK}{LONG}", "well-known"),
    ("DJANGO_SECRET_KEY", f"{MARK}-ChangeMe-{LONG}", "well-known"),
    ("DJANGO_SECRET_KEY", MARK * 20, "monotonous"),
    ("DJANGO_DEBUG", "true", "must be false in production"),
    ("DJANGO_DEBUG", MARK, "DJANGO_DEBUG is not valid"),
    ("DJANGO_ALLOWED_HOSTS", "*", "wildcard"),
    ("DJANGO_ALLOWED_HOSTS", f"a.example.com,.{MARK}.example.com", "wildcard"),
    ("DJANGO_ALLOWED_HOSTS", f"*.{MARK}.example.com", "wildcard"),
    ("DJANGO_ALLOWED_HOSTS", " , ", "needs it"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"{MARK}.example.com", "https://"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"http://{MARK}.example.com", "https://"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"https://*.{MARK}.example.com", "wildcards"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"https://{MARK}.example.com/", "behind"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"https://{MARK}.example.com/app", "behind"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"https://me@{MARK}.example.com", "behind"),
    ("DJANGO_ADMIN_PATH", f"/{MARK}/", "DJANGO_ADMIN_PATH is not valid"),
    ("DJANGO_ADMIN_PATH", MARK, "DJANGO_ADMIN_PATH is not valid"),
    ("DJANGO_NUM_PROXIES", MARK, "DJANGO_NUM_PROXIES is not valid"),
    ("DJANGO_NUM_PROXIES", "-1", "DJANGO_NUM_PROXIES is not valid"),
    ("DJANGO_LOG_LEVEL", MARK, "DJANGO_LOG_LEVEL is not valid"),
    ("DJANGO_LOG_FORMAT", MARK, "DJANGO_LOG_FORMAT is not valid"),
    ("DATABASE_URL", f"sqlite:///{MARK}.db", "not the address of a PostgreSQL"),
    ("DATABASE_URL", f"mysql://a:{MARK}@db/app", "not the address of a PostgreSQL"),
    ("DATABASE_URL", f"postgresql://a:{MARK}@db:5432", "not the address"),
    ("DATABASE_URL", f"postgresql://a:{MARK}@db:x/app", "not the address"),
    ("DATABASE_URL", "postgresql://app@db:5432/app", "no password"),
    ("DATABASE_URL", postgresql(MARK), "short or well-known"),
    ("DATABASE_URL", postgresql(f"postgres{MARK}postgres"), "short or well-known"),
    ("DATABASE_POOL_MIN_SIZE", "99", "must not exceed"),
    ("DATABASE_POOL_MAX_SIZE", "0", "DATABASE_POOL_MAX_SIZE is not valid"),
    ("DATABASE_POOL_TIMEOUT", MARK, "DATABASE_POOL_TIMEOUT is not valid"),
    ("DATABASE_MAX_CONNECTIONS", "0", "DATABASE_MAX_CONNECTIONS is not valid"),
    ("DATABASE_MAX_CONNECTIONS", "12", "lower DATABASE_POOL_MAX_SIZE"),
    ("DATABASE_STATEMENT_TIMEOUT", "-1", "DATABASE_STATEMENT_TIMEOUT is not valid"),
    ("WEB_CONCURRENCY", "0", "WEB_CONCURRENCY is not valid"),
    ("REDIS_URL", f"http://{MARK}", "not the address of a Redis"),
    ("REDIS_URL", f"redis://:{MARK}@redis:6379/zero", "not the address of a Redis"),
    ("REDIS_URL", "redis://redis:6379/0", "no password"),
    ("REDIS_URL", redis(MARK), "short or well-known"),
    ("REDIS_SESSION_URL", MARK, "not the address of a Redis"),
    ("REDIS_SESSION_URL", redis(MARK), "short or well-known"),
    ("EMAIL_PORT", "70000", "EMAIL_PORT is not valid"),
    ("EMAIL_USE_TLS", MARK, "EMAIL_USE_TLS is not valid"),
]
REQUIRED = [
    "DJANGO_SECRET_KEY",
    "DJANGO_ALLOWED_HOSTS",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_HOST",
]


@pytest.mark.parametrize(("name", "value", "fragment"), REFUSED)
def test_refusal_names_the_variable_and_not_its_value(
    name: str, value: str, fragment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says which variable is wrong, and nothing shows a secret."""
    install(monkeypatch, with_value(**{name: value}))
    with pytest.raises(EnvironmentInvalidError) as caught:
        load()
    (problem,) = caught.value.problems
    assert problem.startswith(f"{name} ")
    assert problem.endswith(".")
    assert fragment in problem
    assert MARK not in str(caught.value)
    assert LONG not in str(caught.value)


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("where", ["staging", "production"])
@pytest.mark.parametrize("empty", [True, False])
def test_missing_variable_is_named_with_what_to_set(
    *, name: str, where: str, empty: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that matters has a default, and an empty value is none."""
    environment = without(with_value(DJANGO_ENVIRONMENT=where), name)
    install(monkeypatch, {**environment, name: ""} if empty else environment)
    with pytest.raises(EnvironmentInvalidError) as caught:
        load()
    (problem,) = caught.value.problems
    assert problem.startswith(f"{name} is not set")
    assert "set it" in problem or "prints a good one" in problem


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to start five times to learn of five mistakes."""
    install(monkeypatch, {})
    assert complaints() == sorted(REQUIRED)


@pytest.mark.parametrize(
    ("name", "value", "missing"),
    [
        ("DJANGO_SECRET_KEY", MARK, "DJANGO_ALLOWED_HOSTS"),
        ("DJANGO_DEBUG", MARK, "EMAIL_HOST"),
        ("EMAIL_PORT", MARK, "EMAIL_HOST"),
        ("DATABASE_POOL_TIMEOUT", MARK, "DATABASE_URL"),
        ("DATABASE_URL", MARK, "REDIS_URL"),
        ("WEB_CONCURRENCY", MARK, "DATABASE_URL"),
        ("REDIS_SESSION_URL", MARK, "REDIS_URL"),
    ],
)
def test_wrong_variable_hides_no_missing_one(
    name: str, value: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is anything said twice, not even of variables that are read together."""
    install(monkeypatch, without(with_value(**{name: value}), missing))
    # Names that the fields of the models have: no variables of the project.
    for other in ("PORT", "URL", "WORKERS"):
        monkeypatch.setenv(other, MARK)
    assert complaints() == sorted([name, missing])


def test_unknown_kind_of_machine_is_all_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A developer's machine needs none of what production would miss."""
    install(monkeypatch, {"DJANGO_ENVIRONMENT": MARK, "DJANGO_SECRET_KEY": LONG})
    assert complaints() == ["DJANGO_ENVIRONMENT"]


def complaints() -> list[str]:
    """Load the environment and list the variables that are complained of."""
    with pytest.raises(EnvironmentInvalidError) as caught:
        load()
    return sorted(problem.split()[0] for problem in caught.value.problems)


def test_environment_is_production_unless_said_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Forgetting a variable never opens anything."""
    install(monkeypatch, without(production(), "DJANGO_ENVIRONMENT"))
    assert load().runtime.environment == "production"
    assert load().runtime.debug is False


def test_no_representation_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that end up in a log or a traceback stay silent."""
    environment = with_value(EMAIL_HOST_PASSWORD=LONG)
    install(monkeypatch, environment)
    shown = repr(load()) + str(load())
    for name in ("DJANGO_SECRET_KEY", "DATABASE_URL", "REDIS_URL"):
        assert environment[name] not in shown
    assert LONG not in shown


def test_finding_of_the_models_shows_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever catches pydantic's own error finds no secret in it either."""
    install(monkeypatch, {"DJANGO_SECRET_KEY": MARK})
    with pytest.raises(ValidationError) as caught:
        DjangoSettings()
    assert MARK not in str(caught.value)


def test_secret_files_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: "Path"
) -> None:
    """Secrets of a container are files named like the variables."""
    environment = production()
    key = environment.pop("DJANGO_SECRET_KEY")
    (tmp_path / "DJANGO_SECRET_KEY").write_text(f"{key}\n", encoding="utf-8")
    install(monkeypatch, environment, secrets_dir=tmp_path)
    assert load().django.secret_key.get_secret_value() == key


def test_bad_secret_file_is_refused_without_its_content(
    monkeypatch: pytest.MonkeyPatch, tmp_path: "Path"
) -> None:
    """A file is judged like a variable."""
    (tmp_path / "DJANGO_SECRET_KEY").write_text(MARK, encoding="utf-8")
    environment = without(production(), "DJANGO_SECRET_KEY")
    install(monkeypatch, environment, secrets_dir=tmp_path)
    with pytest.raises(EnvironmentInvalidError, match="DJANGO_SECRET_KEY") as caught:
        load()
    assert MARK not in str(caught.value)


def test_dotenv_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: "Path"
) -> None:
    """A variable that is set for one command is not overruled by a file."""
    env_file = tmp_path / ".env"
    env_file.write_text(
        "DJANGO_ADMIN_PATH=from-file/\nEMAIL_HOST=from-file.example.com\n"
        "SOMETHING_OF_SOMEBODY_ELSE=1\n",
        encoding="utf-8",
    )
    install(monkeypatch, production(), env_file=env_file)
    assert load().django.admin_path == "from-file/"
    assert load().email.host == "smtp.example.com"


@pytest.mark.parametrize(
    ("where", "level", "log_format", "proxies"),
    [
        ("local", "DEBUG", "console", 0),
        ("staging", "INFO", "json", 1),
        ("production", "WARNING", "json", 1),
    ],
)
def test_defaults_depend_on_the_environment(
    where: str,
    level: str,
    log_format: str,
    proxies: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Level, format and trusted proxies follow from where the project runs."""
    install(monkeypatch, with_value(DJANGO_ENVIRONMENT=where))
    loaded = load()
    assert loaded.log_level == level
    assert loaded.log_format == log_format
    assert loaded.num_proxies == proxies


def test_defaults_can_be_overruled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable is stronger than the environment's default."""
    install(
        monkeypatch,
        with_value(
            DJANGO_LOG_LEVEL="ERROR",
            DJANGO_LOG_FORMAT="console",
            DJANGO_NUM_PROXIES=MANY,
        ),
    )
    loaded = load()
    assert loaded.log_level == "ERROR"
    assert loaded.log_format == "console"
    assert loaded.num_proxies == MANY


def test_local_needs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a developer's machine hosts, mail and strong passwords are not asked for."""
    install(
        monkeypatch,
        {
            "DJANGO_ENVIRONMENT": "local",
            "DJANGO_SECRET_KEY": production()["DJANGO_SECRET_KEY"],
            "DATABASE_URL": "postgresql://app@localhost/app",
            "REDIS_URL": "redis://localhost",
            "DJANGO_DEBUG": "true",
        },
    )
    assert load().runtime.debug is True


def test_sessions_have_a_redis_database_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Emptying the cache logs nobody out."""
    install(monkeypatch, production())
    redis_settings = load().redis
    assert redis_settings.url is not None
    assert redis_settings.session_url is not None
    cache = redis_settings.url.get_secret_value()
    session = redis_settings.session_url.get_secret_value()
    assert cache != session
    assert cache.rpartition("/")[0] == session.rpartition("/")[0]


def test_manage_py_says_it_without_a_traceback() -> None:
    """The sentences are what a person sees."""
    key = secrets.token_hex(8)
    result = run("manage.py", "check", environment={"DJANGO_SECRET_KEY": key})
    assert result.returncode == 1
    assert "DJANGO_SECRET_KEY" in result.stderr
    assert key not in result.stderr
    assert "Traceback" not in result.stderr
