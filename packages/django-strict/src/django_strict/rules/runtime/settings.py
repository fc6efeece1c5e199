"""Settings: apps, accounts, security, API, logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.module_loading import import_string
from pythonjsonlogger.json import JsonFormatter

from config.env import LOG_LEVELS
from django_strict.project import ROOT
from django_strict.rules.repository.layout import apps as app_folders
from django_strict.rules.runtime.report import baseline, error, setting

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

GUARDS: Final = (
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
LEVELS: Final = {"local": "DEBUG", "staging": "INFO", "production": "WARNING"}


def check_installed(**_: object) -> list[CheckMessage]:
    """Find apps that Django does not know.

    Returns:
        DS013.
    """
    installed = {config.name for config in apps.get_app_configs()}
    names = [f"apps.{folder.name}" for folder in app_folders(ROOT)]
    place = setting("INSTALLED_APPS")
    return [
        error("DS013", f"`{name}` is not in INSTALLED_APPS", place)
        for name in ("apps.core", *names)
        if name not in installed
    ]


def check_user_model(**_: object) -> list[CheckMessage]:
    """Judge the user model.

    Returns:
        DS014.
    """
    place = setting("AUTH_USER_MODEL")
    if settings.AUTH_USER_MODEL != "users.User":
        message = f"AUTH_USER_MODEL is {settings.AUTH_USER_MODEL!r}"
        return [error("DS014", message, place)]
    model: Any = get_user_model()
    own = model.__module__.startswith("apps.users.models")
    if not own or not issubclass(model, AbstractBaseUser):
        return [error("DS014", f"users.User is {model!r}", place)]
    return []


def check_api(**_: object) -> list[CheckMessage]:
    """Compare REST_FRAMEWORK with the baseline.

    Returns:
        DS105, and DS062 when it is about throttling.
    """
    found: list[CheckMessage] = []
    actual: dict[str, Any] = getattr(settings, "REST_FRAMEWORK", {})
    for name, wanted in baseline("rest-framework.json").items():
        if actual.get(name) != wanted:
            message = (
                f'REST_FRAMEWORK["{name}"] is {actual.get(name)!r}, not {wanted!r}'
            )
            found.append(error("DS105", message, setting(name)))
    found += [
        error("DS062", f"{name} is empty", setting(name))
        for name in ("DEFAULT_THROTTLE_CLASSES", "DEFAULT_THROTTLE_RATES")
        if not actual.get(name)
    ]
    return found


def check_levels(**_: object) -> list[CheckMessage]:
    """Judge the log levels of the environments.

    Returns:
        DS081.
    """
    return [
        error(
            "DS081",
            f"{environment} logs from {LOG_LEVELS.get(environment)} on, not {level}",
            "config/env.py",
        )
        for environment, level in LEVELS.items()
        if LOG_LEVELS.get(environment) != level
    ]


def check_security(**_: object) -> list[CheckMessage]:
    """Compare production values with the security baseline.

    Returns:
        DS057.
    """
    found: list[CheckMessage] = []
    for name, value in baseline("security.json").items():
        wanted = tuple(value) if isinstance(value, list) else value
        actual = getattr(settings, name, None)
        if actual != wanted:
            message = f"{name} is {actual!r} in production and must be {wanted!r}"
            found.append(error("DS057", message, setting(name)))
    if settings.DEBUG:
        message = "DEBUG is True in production and must be False"
        found.append(error("DS057", message, setting("DEBUG")))
    if "*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS:
        message = "ALLOWED_HOSTS must list host names"
        found.append(error("DS057", message, setting("ALLOWED_HOSTS")))
    found += [
        error("DS057", f"MIDDLEWARE lacks {name}", setting("MIDDLEWARE"))
        for name in GUARDS
        if name not in settings.MIDDLEWARE
    ]
    return found


def check_logging(**_: object) -> list[CheckMessage]:
    """Judge the form of production logs.

    Returns:
        DS080.
    """
    place = setting("LOGGING")
    logging: dict[str, Any] = settings.LOGGING or {}
    handlers: dict[str, Any] = logging.get("handlers", {})
    if not handlers or not logging.get("root", {}).get("handlers"):
        return [error("DS080", "LOGGING has no handler for the root logger", place)]
    return [
        error("DS080", f"the handler `{name}` does not write JSON in production", place)
        for name, handler in handlers.items()
        if not _is_json(logging, handler)
    ]


def _is_json(logging: dict[str, Any], handler: dict[str, Any]) -> bool:
    """Tell whether a handler writes JSON.

    Args:
        logging: The whole configuration.
        handler: The handler's part.

    Returns:
        True when its formatter is one of python-json-logger.
    """
    formatter = logging.get("formatters", {}).get(handler.get("formatter"), {})
    kind = formatter.get("()") or formatter.get("class")
    if isinstance(kind, str):
        kind = import_string(kind)
    return isinstance(kind, type) and issubclass(kind, JsonFormatter)
