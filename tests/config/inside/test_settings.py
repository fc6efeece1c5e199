"""The settings that an environment leads to, in processes of their own."""

import secrets
from typing import TYPE_CHECKING

import pytest

from config.env import BASE_DIR
from django_strict.environments import (
    PRINT_SETTINGS,
    printed,
    production,
    run,
    with_value,
    without,
)

if TYPE_CHECKING:
    from pathlib import Path

STRICT = {
    "SECURE_HSTS_SECONDS": 31536000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SECURE_SSL_REDIRECT": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_CONTENT_TYPE_NOSNIFF": True,
    "X_FRAME_OPTIONS": "DENY",
    "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
    # Probes speak plain HTTP inside the network; nothing else is exempt.
    "SECURE_REDIRECT_EXEMPT": [r"^api/health/"],
}
CORS = "corsheaders.middleware.CorsMiddleware"


@pytest.mark.parametrize("where", ["staging", "production"])
def test_staging_is_as_strict_as_production(where: str) -> None:
    """What staging allows would fail in production."""
    assert STRICT.items() <= printed(with_value(DJANGO_ENVIRONMENT=where)).items()


def test_local_settings_do_not_force_https() -> None:
    """A developer's browser is not told to use HTTPS for a year."""
    shown = printed(with_value(DJANGO_ENVIRONMENT="local", DJANGO_ALLOWED_HOSTS=""))
    assert "SECURE_SSL_REDIRECT" not in shown
    assert "SECURE_HSTS_SECONDS" not in shown
    assert shown["X_FRAME_OPTIONS"] == "DENY"
    assert "localhost" in shown["ALLOWED_HOSTS"]


def test_secret_comes_from_a_mounted_file(tmp_path: "Path") -> None:
    """A container's secrets need no environment variable."""
    environment = production()
    key = environment["DJANGO_SECRET_KEY"]
    (tmp_path / "DJANGO_SECRET_KEY").write_text(f"{key}\n", encoding="utf-8")
    environment = without(environment, "DJANGO_SECRET_KEY")
    shown = printed({**environment, "DJANGO_SECRETS_DIR": str(tmp_path)})
    assert shown["SECRET_KEY"] == key


def test_no_view_outlives_the_patience_of_nginx() -> None:
    """However long a statement may take: nginx waits a minute."""
    shown = printed(with_value(DATABASE_STATEMENT_TIMEOUT="100"))
    assert shown["REQUEST_TIMEOUT"] < 60


def test_a_worker_has_a_connection_more_than_threads() -> None:
    """The health check takes none from a request."""
    shown = printed(production())
    pool = shown["DATABASES"]["default"]["OPTIONS"]["pool"]
    assert shown["REQUEST_THREADS"] == pool["max_size"] - 1


def test_importing_the_settings_imports_no_tool_and_starts_nothing() -> None:
    """A process that may start no other one can read them."""
    probe = (
        "import os, subprocess, sys\n"
        "subprocess.Popen = os.fork = os.posix_spawn = None\n"
        f"{PRINT_SETTINGS}\n"
        "sys.exit(any(name.startswith('django_strict.') for name in sys.modules))\n"
    )
    result = run("-c", probe, environment=with_value(DJANGO_ENVIRONMENT="local"))
    assert result.returncode == 0, result.stderr


def test_secret_keys_of_before_still_verify() -> None:
    """Django is told about them, the newest key is what signs."""
    environment = with_value(DJANGO_SECRET_KEY_FALLBACKS=secrets.token_urlsafe(64))
    shown = printed(environment)
    assert shown["SECRET_KEY"] == environment["DJANGO_SECRET_KEY"]
    former = environment["DJANGO_SECRET_KEY_FALLBACKS"]
    assert shown["SECRET_KEY_FALLBACKS"] == [former]


def test_cors_costs_nothing_where_no_origin_is_named() -> None:
    """No middleware, however early it would stand."""
    assert CORS not in printed(production())["MIDDLEWARE"]


def test_cors_stands_before_all_that_answers() -> None:
    """A refusal without its headers is a riddle to whoever writes the front end."""
    shown = printed(with_value(DJANGO_CORS_ORIGINS="https://app.example.com"))
    before = shown["MIDDLEWARE"][: shown["MIDDLEWARE"].index(CORS)]
    answering = ("CommonMiddleware", "CsrfViewMiddleware", "utf8_middleware")
    assert not [name for name in before if name.endswith(answering)]
    # Which gives preflights an id and a log line.
    assert before[0] == "apps.core.middleware.request_id_middleware"
    assert shown["CORS_ALLOWED_ORIGINS"] == ["https://app.example.com"]


@pytest.mark.parametrize(
    ("url", "folder"),
    [("", f"{BASE_DIR}/media"), ("file:///srv/up%20loads", "/srv/up loads")],
)
def test_uploads_lie_in_a_folder(url: str, folder: str) -> None:
    """The project's own, or the one that is named; others of the machine read nothing."""
    shown = printed(with_value(MEDIA_STORAGE_URL=url))
    media = shown["STORAGES"]["default"]
    assert shown["MEDIA_ROOT"] == folder
    assert media["BACKEND"] == "django_strict_asgi.folder.Folder"
    assert media["OPTIONS"] == {"file_permissions_mode": 0o600}


def test_one_number_bounds_every_body() -> None:
    """What is read into memory keeps a bound of its own."""
    shown = printed(with_value(MAX_BODY_MIB="5"))
    assert shown["MAX_BODY_SIZE"] == 5 * 2**20
    assert shown["DATA_UPLOAD_MAX_MEMORY_SIZE"] == 2**20
