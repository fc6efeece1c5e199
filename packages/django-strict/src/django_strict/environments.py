"""Environments for tests of a project's configuration."""

import json
import os
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from config.env import BASE_DIR, Env

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

# A process of its own prints the settings with which it would serve.
PRINT_SETTINGS = """
import json
from config.env import Env
Env.model_config["env_file"] = None
from config import settings
names = [name for name in dir(settings) if name.isupper()]
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""
VARIABLES = {name.upper() for name in Env.model_fields}
VARIABLES |= {"DJANGO_SECRETS_DIR", "DJANGO_SETTINGS_MODULE"}


def production() -> dict[str, str]:
    """Make a complete production environment with fresh secrets."""
    return {
        "DJANGO_ENVIRONMENT": "production",
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
        "DJANGO_ALLOWED_HOSTS": "api.example.com",
        "DATABASE_URL": f"postgresql://app:{secrets.token_hex(16)}@db:5432/app",
        "REDIS_URL": f"redis://:{secrets.token_hex(16)}@redis:6379/0",
        "EMAIL_HOST": "smtp.example.com",
    }


def with_value(**values: object) -> dict[str, str]:
    """Change some variables of a production environment."""
    return {**production(), **{name: str(value) for name, value in values.items()}}


def without(environment: "Mapping[str, str]", *names: str) -> dict[str, str]:
    """Leave variables out."""
    return {key: value for key, value in environment.items() if key not in names}


def install(
    monkeypatch: "pytest.MonkeyPatch",
    environment: "Mapping[str, str]",
    secrets_dir: "Path | None" = None,
    env_file: "Path | None" = None,
) -> None:
    """Replace the project's environment, its ``.env`` too, for the length of a test."""
    for name in VARIABLES - {"DJANGO_SETTINGS_MODULE"}:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(Env.model_config, "secrets_dir", secrets_dir)
    monkeypatch.setitem(Env.model_config, "env_file", env_file)


def run(
    *arguments: str, environment: "Mapping[str, str]"
) -> "subprocess.CompletedProcess[str]":
    """Run Python in an environment of its own, without the variables of this one."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        env={**without(os.environ, *VARIABLES), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def printed(environment: "Mapping[str, str]") -> dict[str, Any]:
    """Load the settings in a process of their own, where a warning is an error."""
    result = run("-W", "error", "-c", PRINT_SETTINGS, environment=environment)
    assert result.returncode == 0, result.stderr
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed
