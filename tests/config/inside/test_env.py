"""A wrong environment stops the start with sentences that help and reveal nothing."""

import os
import secrets
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured
from pydantic import ValidationError

from config import env as module
from config.databases import databases
from config.env import Env, load, read
from django_strict.environments import install, production, run, with_value, without
from django_strict_asgi import container

if TYPE_CHECKING:
    from pathlib import Path

# Part of each refused value: no sentence may repeat it.
MARK = "q7xz"
LONG = secrets.token_hex(40)
MANY = 2  # proxies


def postgresql(password: str) -> str:
    """Write an address of PostgreSQL."""
    return f"postgresql://app:{password}@db:5432/app"


def redis(password: str) -> str:
    """Write an address of Redis."""
    return f"redis://:{password}@redis:6379/0"


RS = f"rediss://:{LONG}@redis:6379/0"
POOLED = {
    "DATABASE_POOLER": "transaction",
    "DATABASE_URL": f"postgresql://app:{LONG}@pooler:6432/app",
    "DATABASE_DIRECT_URL": postgresql(LONG),
}
REFUSED = [
    ("DJANGO_ENVIRONMENT", f"prod{MARK}", "'local', 'staging' or 'production'"),
    ("DJANGO_SECRET_KEY", f"{MARK}Short1", "shorter than 50"),
    ("DJANGO_SECRET_KEY", f"django-insecure-{MARK}{LONG}", "well known"),
    ("DJANGO_SECRET_KEY", f"{MARK}-ChangeMe-{LONG}", "token_urlsafe"),
    ("DJANGO_SECRET_KEY", MARK * 20, "monotonous"),
    ("DJANGO_SECRET_KEY", f"{'a' * 49}{MARK}", "monotonous"),
    ("DJANGO_SECRET_KEY", f"{MARK}{'abcdefghi' * 6}", "monotonous"),
    ("DJANGO_SECRET_KEY_FALLBACKS", f"{MARK}Short1", "shorter than 50"),
    ("DJANGO_SECRET_KEY_FALLBACKS", f"{LONG},{MARK}Short1", "shorter than 50"),
    ("DJANGO_SECRET_KEY_FALLBACKS", f"{LONG},{MARK}-ChangeMe-{LONG}", "well known"),
    ("DJANGO_SECRET_KEY_FALLBACKS", f"{LONG},{'a' * 49}{MARK}", "monotonous"),
    ("DJANGO_DEBUG", "true", "must be false in production"),
    ("DJANGO_DEBUG", MARK, "set it to false, for instance"),
    ("DJANGO_ALLOWED_HOSTS", "*", "wildcard"),
    ("DJANGO_ALLOWED_HOSTS", f"a.example.com,.{MARK}.example.com", "wildcard"),
    ("DJANGO_ALLOWED_HOSTS", f"*.{MARK}.example.com", "wildcard"),
    ("DJANGO_ALLOWED_HOSTS", " , ", "needs it"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"{MARK}.example.com", "https://"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"http://{MARK}.example.com", "https://"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"https://*.{MARK}.example.com", "wildcards"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"https://{MARK}.example.com/", "behind"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"https://me@{MARK}.example.com", "behind"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"https://{MARK}.Example.com", "lower case"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", f"https://{MARK}.example.com:443", "no port 443"),
    ("DJANGO_CORS_ORIGINS", "*", "wildcards"),
    ("DJANGO_CORS_ORIGINS", "null", "https://"),
    ("DJANGO_CORS_ORIGINS", f"https://*.{MARK}.example.com", "wildcards"),
    ("DJANGO_CORS_ORIGINS", f"{MARK}.example.com", "https://"),
    ("DJANGO_CORS_ORIGINS", f"http://{MARK}.example.com", "https://"),
    ("DJANGO_CORS_ORIGINS", f"https://{MARK}.example.com/", "nothing behind"),
    ("DJANGO_CORS_ORIGINS", f"https://{MARK}.example.com/app", "nothing behind"),
    ("DJANGO_CORS_ORIGINS", f"https://{MARK}.example.com:443", "no port 443"),
    ("DJANGO_CORS_ORIGINS", f"https://{MARK}.Example.com", "lower case"),
    ("DJANGO_CORS_ORIGINS", f'https://{MARK}.example.com"', "nothing behind"),
    ("DJANGO_ADMIN_PATH", f"/{MARK}/", "set it to admin/"),
    ("DJANGO_ADMIN_PATH", MARK, "set it to admin/"),
    ("DJANGO_NUM_PROXIES", MARK, "set it to 1"),
    ("DJANGO_NUM_PROXIES", "-1", "set it to 1"),
    ("DJANGO_LOG_LEVEL", MARK, "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ("DJANGO_LOG_FORMAT", MARK, "'json' or 'console'"),
    ("DATABASE_URL", f"sqlite:///{MARK}.db", "not the address of a PostgreSQL"),
    ("DATABASE_URL", f"mysql://a:{MARK}@db/app", "not the address of a PostgreSQL"),
    ("DATABASE_URL", f"postgresql://a:{MARK}@db:5432", "set it to postgresql://"),
    ("DATABASE_URL", f"postgresql://a:{MARK}@db:x/app", "not the address"),
    ("DATABASE_URL", f"postgresql:///{MARK}", "not the address"),
    ("DATABASE_URL", f"postgresql://a:{LONG}@/app?{MARK}=1&host=/run", "not the addr"),
    ("DATABASE_URL", f"postgresql://a:{MARK}@/app?host=/run", "short or well-known"),
    ("DATABASE_URL", "postgresql://app@db:5432/app", "no password"),
    ("DATABASE_URL", postgresql(MARK), "short or well-known"),
    ("DATABASE_URL", postgresql(f"Postgres{MARK}postgres"), "short or well-known"),
    ("DATABASE_POOLER", MARK, "'none' or 'transaction'"),
    ("DATABASE_DIRECT_URL", f"mysql://a:{MARK}@db/app", "not the address of a Post"),
    ("DATABASE_DIRECT_URL", postgresql(LONG), "be empty if DATABASE_POOLER is none"),
    ("DATABASE_DIRECT_URL", postgresql(MARK), "short or well-known"),
    ("APP_REPLICAS", "0", "set it to 3"),
    ("WORKER_REPLICAS", "-1", "set it to 1"),
    ("DATABASE_POOL_MIN_SIZE", "99", "must not exceed"),
    ("DATABASE_POOL_MAX_SIZE", "0", "set it to 8"),
    ("DATABASE_POOL_TIMEOUT", MARK, "set it to 3"),
    ("DATABASE_MAX_CONNECTIONS", "0", "set it to 100"),
    ("DATABASE_MAX_CONNECTIONS", "12", "lower DATABASE_POOL_MAX_SIZE"),
    ("DATABASE_STATEMENT_TIMEOUT", "-1", "set it to 20"),
    ("WEB_CONCURRENCY", "0", "set it to 4"),
    ("REDIS_URL", f"http://{MARK}", "not the address of a Redis"),
    ("REDIS_URL", f"redis://:{MARK}@redis:6379/zero", "set it to redis://"),
    ("REDIS_URL", "redis://redis:6379/0", "no password"),
    ("REDIS_URL", redis(MARK), "short or well-known"),
    (
        "REDIS_URL",
        f"{redis(LONG)}?ssl_ca_certs=/{MARK}",
        "option that redis-py has not",
    ),
    ("REDIS_URL", f"{RS}?ssl_ca_cert=/{MARK}", "option that redis-py has not"),
    ("REDIS_URL", f"{RS}?ssl_cert_reqs=none", "trusts any certificate"),
    ("REDIS_URL", f"{RS}?ssl_check_hostname=no", "trusts any"),
    ("REDIS_URL", f"redis+sentinel://:{MARK}@a,b:1", "not the address of a Redis"),
    ("REDIS_URL", f"redis+sentinel://:{MARK}@a,b/one/0", "short or well-known"),
    ("REDIS_URL", f"redis+cluster://:{MARK}@a,b/0", "not the address of a Redis"),
    ("REDIS_SESSION_URL", MARK, "not the address of a Redis"),
    ("REDIS_SESSION_URL", redis(MARK), "short or well-known"),
    ("MEDIA_STORAGE_URL", f"/srv/{MARK}", "must be a folder"),
    ("MEDIA_STORAGE_URL", f"file://srv/{MARK}", "must be a folder"),
    ("MEDIA_STORAGE_URL", f"file:///srv/media?{MARK}", "must be a folder"),
    # As it would be right, if its library were there.
    ("MEDIA_STORAGE_URL", f"s3://k:{MARK}@s3.example/b", "uv add django-storages[s3]"),
    ("MAX_BODY_MIB", "0", "set it to 10"),
    ("MAX_BODY_MIB", "101", "set it to 10"),
    ("MAX_BODY_MIB", f"1{MARK}", "set it to 10"),
    ("EMAIL_PORT", "70000", "set it to 587"),
    ("EMAIL_USE_TLS", MARK, "set it to true"),
]
CURES = {
    "DJANGO_SECRET_KEY": "token_urlsafe(64)",
    "DJANGO_ALLOWED_HOSTS": "set it to example.com",
    "DATABASE_URL": "set it to postgresql://my_project:PASSWORD@db:5432/my_project",
    "REDIS_URL": "set it to redis://:PASSWORD@redis:6379/0",
    "EMAIL_HOST": "set it to smtp.example.com",
}


@pytest.mark.parametrize(("name", "value", "fragment"), REFUSED)
def test_refusal_names_the_variable_and_its_cure_and_not_its_value(
    name: str, value: str, fragment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says which variable is wrong, and nothing shows a secret."""
    install(monkeypatch, with_value(**{name: value}))
    with pytest.raises(ImproperlyConfigured) as caught:
        load()
    _, problems = read()
    assert problems.keys() == {name}
    assert problems[name].startswith(f"{name} ")
    assert problems[name].endswith(".")
    assert fragment in problems[name]
    assert MARK not in str(caught.value)
    assert LONG not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"postgres://a:{LONG}@[::1]/app?sslmode=require"),
        ("DATABASE_URL", f"{postgresql(LONG)}?options=-c%20jit%3Doff"),
        ("DATABASE_URL", f"postgresql://us%40er:{LONG}%2F@db.example:6543/na%2Fme"),
        (
            "DJANGO_CSRF_TRUSTED_ORIGINS",
            "https://a.example:8443, http://localhost:3000",
        ),
        (
            "DJANGO_CORS_ORIGINS",
            "https://a.example:8443, https://xn--bcher-kva.example,http://localhost:5173",
        ),
        ("DJANGO_CORS_ORIGINS", "https://[2001:db8::1], http://[::1]"),
        ("REDIS_URL", f"rediss://user:{LONG}@redis"),
        ("REDIS_URL", f"redis://:{LONG}@redis:6379/15?protocol=3"),
        ("REDIS_URL", f"{RS}?ssl_ca_certs=/run/secrets/ca.pem"),
        ("REDIS_URL", f"redis+sentinel://:{LONG}@a,b:1,[::1]:2/Main"),
        (
            "REDIS_URL",
            f"rediss+sentinel://u:{LONG}@a/m/3?sentinel_password=x&ssl_ca_path=/",
        ),
    ],
)
def test_unusual_address_is_accepted(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encryption, ports, options and IPv6 are no reason to refuse one."""
    install(monkeypatch, with_value(**{name: value}))
    assert read()[1] == {}


@pytest.mark.parametrize("name", CURES)
@pytest.mark.parametrize("where", ["staging", "production"])
@pytest.mark.parametrize("empty", [True, False])
def test_missing_variable_is_told_how_to_set_it(
    *, name: str, where: str, empty: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that matters has a default, and an empty value is none."""
    environment = without(with_value(DJANGO_ENVIRONMENT=where), name)
    install(monkeypatch, {**environment, name: ""} if empty else environment)
    _, problems = read()
    assert problems.keys() == {name}
    assert problems[name].startswith(f"{name} is not set")
    assert CURES[name] in problems[name]


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to start five times to learn of five mistakes."""
    install(monkeypatch, {})
    with pytest.raises(ImproperlyConfigured) as caught:
        load()
    assert all(f"- {name} " in str(caught.value) for name in CURES)


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
    """Nor is anything said twice."""
    install(monkeypatch, without(with_value(**{name: value}), missing))
    assert read()[1].keys() == {name, missing}


def test_unknown_kind_of_machine_is_all_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A developer's machine needs none of what production would miss."""
    install(monkeypatch, {"DJANGO_ENVIRONMENT": MARK, "DJANGO_SECRET_KEY": LONG})
    assert read()[1].keys() == {"DJANGO_ENVIRONMENT"}


def test_environment_is_production_unless_said_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Forgetting a variable never opens anything."""
    install(monkeypatch, without(production(), "DJANGO_ENVIRONMENT"))
    assert load().django_environment == "production"
    assert load().django_debug is False


def test_no_representation_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that end up in a log or a traceback stay silent."""
    former = secrets.token_urlsafe(64)
    environment = with_value(
        EMAIL_HOST_PASSWORD=LONG, DJANGO_SECRET_KEY_FALLBACKS=former
    )
    install(monkeypatch, environment)
    shown = repr(load()) + str(load())
    for name in ("DJANGO_SECRET_KEY", "DATABASE_URL", "REDIS_URL"):
        assert environment[name] not in shown
    assert LONG not in shown
    assert former not in shown


def test_secret_keys_of_before_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks around the commas do no harm; without the variable there are none."""
    former = [secrets.token_urlsafe(64) for _ in range(2)]
    install(monkeypatch, with_value(DJANGO_SECRET_KEY_FALLBACKS=" , ".join(former)))
    assert load().secret_key_fallbacks == former
    install(monkeypatch, production())
    assert load().secret_key_fallbacks == []


def test_finding_of_the_model_shows_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever catches pydantic's own error finds no secret in it either."""
    install(monkeypatch, {"DJANGO_SECRET_KEY": MARK})
    with pytest.raises(ValidationError) as caught:
        Env()
    assert MARK not in str(caught.value)


def test_secret_files_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: "Path"
) -> None:
    """Secrets of a container are files named like the variables."""
    environment = production()
    key = environment.pop("DJANGO_SECRET_KEY")
    (tmp_path / "DJANGO_SECRET_KEY").write_text(f"{key}\n", encoding="utf-8")
    install(monkeypatch, environment, secrets_dir=tmp_path)
    assert load().django_secret_key.get_secret_value() == key


@pytest.mark.parametrize("text", [MARK, ""])
def test_bad_secret_file_is_refused_without_its_content(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: "Path"
) -> None:
    """A file is judged like a variable."""
    (tmp_path / "DJANGO_SECRET_KEY").write_text(text, encoding="utf-8")
    environment = without(production(), "DJANGO_SECRET_KEY")
    install(monkeypatch, environment, secrets_dir=tmp_path)
    _, problems = read()
    assert problems.keys() == {"DJANGO_SECRET_KEY"}
    assert MARK not in problems["DJANGO_SECRET_KEY"]


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
    assert load().django_admin_path == "from-file/"
    assert load().email_host == "smtp.example.com"


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
    values = {"DJANGO_LOG_LEVEL": "ERROR", "DJANGO_LOG_FORMAT": "console"}
    install(monkeypatch, with_value(**values, DJANGO_NUM_PROXIES=MANY))
    loaded = load()
    assert loaded.log_level == "ERROR"
    assert loaded.log_format == "console"
    assert loaded.num_proxies == MANY


def test_local_needs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a developer's machine hosts, mail and strong passwords are not asked for."""
    environment = {
        "DJANGO_ENVIRONMENT": "local",
        "DJANGO_SECRET_KEY": LONG,
        "DATABASE_URL": "postgresql://app@localhost/app",
        "REDIS_URL": "redis://localhost",
        "DJANGO_DEBUG": "true",
    }
    install(monkeypatch, environment)
    assert load().django_debug is True


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_local_is_told_who_starts_servers(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings only read; the commands start what development needs."""
    install(monkeypatch, without(with_value(DJANGO_ENVIRONMENT="local"), name))
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set") as caught:
        load()
    assert "uv run poe" in str(caught.value)
    assert CURES[name] in str(caught.value)


@pytest.mark.parametrize("command", ["manage.py", "gunicorn"])
def test_start_ends_with_the_sentences_alone(command: str) -> None:
    """No traceback, and once, not once per worker."""
    arguments = ["manage.py", "check"]
    if command == "gunicorn":
        arguments = ["-m", "gunicorn", "config.asgi", "-c", "config/gunicorn.conf.py"]
    result = run(*arguments, environment={"DJANGO_SECRET_KEY": MARK})
    assert result.returncode == 1
    assert result.stderr.count("- DJANGO_SECRET_KEY ") == 1
    assert MARK not in result.stderr
    assert "Traceback" not in result.stderr


OLD = ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000"}, 8),
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "20000 100000"}, 1),
        ({"cpu.max": "6400000 100000"}, 8),
        (dict(zip(OLD, ("-1", "100000"), strict=True)), 8),
        (dict(zip(OLD, ("300000", "100000"), strict=True)), 3),
    ],
)
def test_processors_are_those_of_the_container(
    files: dict[str, str],
    expected: int,
    tmp_path: "Path",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A quota counts, rounded up, if it is less than what is there."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="ascii")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr(container, "CGROUP", tmp_path)
    assert container.processors() == expected


@pytest.mark.parametrize(
    ("file", "limit", "is_enough"),
    [
        ("memory.max", "max", True),
        ("memory.max", str(400 * 2**20), True),
        ("memory.max", str(300 * 2**20), False),
        ("memory/memory.limit_in_bytes", str(300 * 2**20), False),
    ],
)
def test_workers_need_the_memory_of_their_hashes(
    *,
    file: str,
    limit: str,
    is_enough: bool,
    tmp_path: "Path",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rather no start than a kernel that kills a worker at the first logins."""
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(f"{limit}\n", encoding="ascii")
    monkeypatch.setattr(container, "CGROUP", tmp_path)
    problem = container.memory_problem(2, hashes=4)
    assert (problem is None) is is_enough
    assert is_enough or "2 workers, which take 332 MiB" in str(problem)


@pytest.mark.parametrize(
    ("workers", "connections", "size", "expected"),
    [
        (5, 100, "", 8),
        (17, 100, "", 4),
        (33, 100, "", 2),
        (33, 1000, "", 8),
        (2, 100, "40", 40),
    ],
)
def test_connections_are_shared_out(
    workers: int,
    connections: int,
    size: str,
    expected: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All workers together leave some to others; a variable overrules that."""
    values = {"WEB_CONCURRENCY": workers, "DATABASE_MAX_CONNECTIONS": connections}
    install(monkeypatch, with_value(**values, DATABASE_POOL_MAX_SIZE=size))
    assert load().pool_max_size == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"APP_REPLICAS": "1"}, 8),
        ({"APP_REPLICAS": "3"}, 6),
        ({"APP_REPLICAS": "3", "WORKER_REPLICAS": "5"}, 4),
        ({"APP_REPLICAS": "26"}, 1),
        ({"APP_REPLICAS": "4", **POOLED}, 6),
        ({"APP_REPLICAS": "100", "DATABASE_MAX_CONNECTIONS": "2424", **POOLED}, 8),
    ],
)
def test_connections_are_shared_out_to_replicas(
    values: dict[str, str], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more is about during an update; a pooler's connections are for requests alone."""
    install(monkeypatch, with_value(WEB_CONCURRENCY=3, **values))
    env = load()
    assert env.pool_max_size == expected
    containers = int(values["APP_REPLICAS"]) + 1
    queue = 0 if env.database_pooler == "transaction" else env.worker_replicas * 8 + 10
    used = containers * env.workers * env.pool_max_size + queue
    assert used <= env.database_max_connections


@pytest.mark.parametrize("replicas", ["27", "100"])
def test_more_replicas_than_connections_stop_the_start(
    replicas: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the hundredth container at night, but each."""
    install(monkeypatch, with_value(WEB_CONCURRENCY=3, APP_REPLICAS=replicas))
    _, problems = read()
    assert problems.keys() == {"DATABASE_MAX_CONNECTIONS"}
    for word in ("APP_REPLICAS", "DATABASE_POOLER"):
        assert word in problems["DATABASE_MAX_CONNECTIONS"]


def test_more_connections_than_there_are_stop_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sentence tells the numbers and all ways out."""
    install(monkeypatch, with_value(WEB_CONCURRENCY=10, DATABASE_POOL_MAX_SIZE=10))
    _, problems = read()
    assert problems.keys() == {"DATABASE_MAX_CONNECTIONS"}
    for word in ("82", "100", "DATABASE_POOL_MAX_SIZE", "WEB_CONCURRENCY"):
        assert word in problems["DATABASE_MAX_CONNECTIONS"]


@pytest.mark.parametrize(
    ("changed", "name", "said"),
    [
        ({"DATABASE_DIRECT_URL": ""}, "DATABASE_DIRECT_URL", "lead to PostgreSQL"),
        ({"DATABASE_POOLER": "none"}, "DATABASE_DIRECT_URL", "must be empty"),
        ({"DATABASE_URL": postgresql(LONG)}, "DATABASE_DIRECT_URL", "not the pooler"),
        (
            {"DATABASE_URL": f"{POOLED['DATABASE_URL']}?options=-c%20jit%3Doff"},
            "DATABASE_URL",
            "ALTER ROLE",
        ),
    ],
)
def test_addresses_that_contradict_the_pooler_are_refused(
    changed: dict[str, str],
    name: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A session that ends with each transaction would lose locks and notifications."""
    install(monkeypatch, with_value(**{**POOLED, **changed}))
    _, problems = read()
    assert problems.keys() == {name}
    assert said in problems[name]


@pytest.mark.parametrize(
    ("marked", "port", "options"),
    [
        ({}, "6432", None),
        ({"DATABASE_DIRECT": "true"}, "5432", "-c statement_timeout=0"),
    ],
)
def test_only_what_serves_requests_goes_through_the_pooler(
    marked: dict[str, str],
    port: str,
    options: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its limit is PostgreSQL's own, since a pooler refuses options."""
    monkeypatch.delenv("DATABASE_DIRECT", raising=False)
    install(monkeypatch, with_value(**POOLED, **marked))
    entry = databases(load())["default"]
    assert entry["PORT"] == port
    assert entry["DISABLE_SERVER_SIDE_CURSORS"] is (not marked)
    assert entry["OPTIONS"].get("options") == options


def test_answers_are_typed() -> None:
    """What was answered can be used."""
    assert ZoneInfo(module.PROJECT.time_zone).key == module.PROJECT.time_zone
    assert module.PROJECT.redis.cache_db != module.PROJECT.redis.session_db
