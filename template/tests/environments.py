"""Environments for tests of the configuration."""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from django.conf import settings

from config.env import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

ROOT: Final = Path(__file__).resolve().parent.parent


def variable_names() -> set[str]:
    """List the environment variables that the project reads.

    Returns:
        Their names.
    """
    fields = [field for model in MODELS for field in model.model_fields.values()]
    names = {str(field.validation_alias) for field in fields}
    return names | {"DJANGO_SECRETS_DIR"}


def production() -> dict[str, str]:
    """Make a complete production environment with fresh secrets.

    Returns:
        Variables and their values.
    """
    return {
        "DJANGO_ENVIRONMENT": "production",
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
        "DJANGO_ALLOWED_HOSTS": "api.example.com",
        "DATABASE_URL": f"postgresql://app:{secrets.token_hex(16)}@db:5432/app",
        "REDIS_URL": f"redis://:{secrets.token_hex(16)}@redis:6379/0",
        "EMAIL_HOST": "smtp.example.com",
    }


def local(**values: str) -> dict[str, str]:
    """Make the environment of a process that uses the databases of the tests.

    Args:
        **values: Further variables.

    Returns:
        All variables of the process.
    """
    database = settings.DATABASES["default"]
    user, password = (quote(database[key], safe="") for key in ("USER", "PASSWORD"))
    address = f"{database['HOST']}:{database['PORT']}/{quote(database['NAME'])}"
    return {
        **inherited(),
        "DJANGO_ENVIRONMENT": "local",
        "DJANGO_DEBUG": "false",
        "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
        "DJANGO_LOG_LEVEL": "INFO",
        "DJANGO_LOG_FORMAT": "json",
        "DJANGO_SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": f"postgresql://{user}:{password}@{address}",
        "REDIS_URL": settings.CACHES["default"]["LOCATION"],
        **values,
    }


def inherited() -> dict[str, str]:
    """Take over what has nothing to do with the project.

    Returns:
        The variables of this process but the project's own.
    """
    names = variable_names() | {"DJANGO_SETTINGS_MODULE"}
    return {key: value for key, value in os.environ.items() if key not in names}


def install(
    monkeypatch: "pytest.MonkeyPatch",
    environment: "Mapping[str, str]",
    secrets_dir: Path | None = None,
    env_file: Path | None = None,
) -> None:
    """Replace the whole environment of this process for the length of a test.

    Args:
        monkeypatch: What undoes it.
        environment: Variables and their values; all others of the project are unset.
        secrets_dir: Folder of secret files, if there is one.
        env_file: The ``.env``, if there is one; never that of the project.
    """
    for name in variable_names():
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for model in MODELS:
        monkeypatch.setitem(model.model_config, "secrets_dir", secrets_dir)
        monkeypatch.setitem(model.model_config, "env_file", env_file)


def run(
    *arguments: str, environment: "Mapping[str, str]"
) -> "subprocess.CompletedProcess[str]":
    """Run Python in an environment of its own, without the variables of this one.

    Args:
        *arguments: What follows the interpreter's name.
        environment: The project's variables and their values.

    Returns:
        Exit code and output.
    """
    return subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**inherited(), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def without(environment: "Mapping[str, str]", *names: str) -> dict[str, str]:
    """Leave variables out.

    Args:
        environment: Variables and their values.
        *names: What to leave out.

    Returns:
        The rest.
    """
    return {key: value for key, value in environment.items() if key not in names}


def with_value(**values: object) -> dict[str, str]:
    """Change some variables of a production environment.

    Args:
        **values: The changed variables.

    Returns:
        All variables and their values.
    """
    return {**production(), **{name: str(value) for name, value in values.items()}}
