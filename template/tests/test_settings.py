"""The settings that a production environment leads to."""

import json
from typing import Any

import pytest
from django.conf import settings

from tests.environments import production, run, with_value, without

# A process of its own prints the settings it would serve with.
PRINT_SETTINGS = """
import json
from config.env import MODELS
for model in MODELS:
    model.model_config["env_file"] = None
from config import settings
names = [name for name in dir(settings) if name.isupper()]
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""
SECURITY_BASELINE = {
    "SECURE_HSTS_SECONDS": 31536000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SECURE_SSL_REDIRECT": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_CONTENT_TYPE_NOSNIFF": True,
    "X_FRAME_OPTIONS": "DENY",
    "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
}
API_BASELINE = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.pagination.StandardPagination",
    "PAGE_SIZE": 20,
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"anon": "100/hour", "user": "1000/hour"},
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.exceptions.custom_exception_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}


def printed_settings(environment: dict[str, str]) -> dict[str, Any]:
    """Load the settings in a process of their own."""
    result = run("-W", "error", "-c", PRINT_SETTINGS, environment=environment)
    assert result.returncode == 0, result.stderr
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


@pytest.fixture(scope="module")
def secret_key() -> str:
    """Return the secret key of production."""
    return production()["DJANGO_SECRET_KEY"]


@pytest.fixture(scope="module")
def production_settings(
    secret_key: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Return the settings of production, whose secret key is in a file."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "DJANGO_SECRET_KEY").write_text(f"{secret_key}\n", encoding="utf-8")
    environment = without(production(), "DJANGO_SECRET_KEY")
    return printed_settings({**environment, "DJANGO_SECRETS_DIR": str(folder)})


def test_secret_comes_from_a_mounted_file(
    secret_key: str, production_settings: dict[str, Any]
) -> None:
    """A container's secrets need no environment variable."""
    assert production_settings["SECRET_KEY"] == secret_key


@pytest.mark.parametrize("name", SECURITY_BASELINE)
def test_security_baseline_holds(
    name: str, production_settings: dict[str, Any]
) -> None:
    """Each value is the one that the project's rules demand."""
    assert production_settings[name] == SECURITY_BASELINE[name]


@pytest.mark.parametrize("name", API_BASELINE)
def test_api_baseline_holds(name: str, production_settings: dict[str, Any]) -> None:
    """Each value is the one that the project's rules demand."""
    assert production_settings["REST_FRAMEWORK"][name] == API_BASELINE[name]


def test_production_shows_no_debug_page(production_settings: dict[str, Any]) -> None:
    """Debugging is off, and only the listed hosts are answered."""
    assert production_settings["DEBUG"] is False
    assert production_settings["ALLOWED_HOSTS"] == ["api.example.com"]


def test_no_view_outlives_the_patience_of_nginx() -> None:
    """However long a statement may take: nginx waits a minute."""
    shown = printed_settings(with_value(DATABASE_STATEMENT_TIMEOUT="100"))
    assert shown["REQUEST_TIMEOUT"] < 60  # noqa: PLR2004 - a minute


def test_a_worker_has_a_connection_more_than_threads(
    production_settings: dict[str, Any],
) -> None:
    """The health check and background work take none from a request."""
    pool = production_settings["DATABASES"]["default"]["OPTIONS"]["pool"]
    assert production_settings["REQUEST_THREADS"] == pool["max_size"] - 1


def test_probes_are_not_redirected(production_settings: dict[str, Any]) -> None:
    """Probes speak plain HTTP inside the network; nothing else is exempt."""
    assert production_settings["SECURE_REDIRECT_EXEMPT"] == [r"^api/health/"]


def test_production_counts_the_proxy(production_settings: dict[str, Any]) -> None:
    """A forged X-Forwarded-For does not walk around the throttles."""
    assert production_settings["REST_FRAMEWORK"]["NUM_PROXIES"] == 1


def test_passwords_are_hashed_with_argon2_first(
    production_settings: dict[str, Any],
) -> None:
    """New hashes are Argon2; old ones of Django can still be read."""
    assert "Argon2" in production_settings["PASSWORD_HASHERS"][0]


def test_sessions_survive_a_dead_redis(production_settings: dict[str, Any]) -> None:
    """Sessions are cached, not only kept in the cache."""
    assert production_settings["SESSION_ENGINE"].endswith("cached_db")
    assert production_settings["SESSION_CACHE_ALIAS"] == "sessions"
    assert production_settings["DJANGO_REDIS_IGNORE_EXCEPTIONS"] is True


def test_staging_is_as_strict_as_production() -> None:
    """What staging allows would fail in production."""
    staging = printed_settings(with_value(DJANGO_ENVIRONMENT="staging"))
    for name, value in SECURITY_BASELINE.items():
        assert staging[name] == value


def test_local_settings_do_not_force_https() -> None:
    """A developer's browser is not told to use HTTPS for a year."""
    assert not settings.SECURE_SSL_REDIRECT
    assert not settings.SECURE_HSTS_SECONDS
    assert settings.SECURE_CONTENT_TYPE_NOSNIFF
    assert settings.X_FRAME_OPTIONS == "DENY"
