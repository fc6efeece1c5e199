"""Compare a rendered project with the blocks that the specification fixes."""

import json
import secrets
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.repository import PACKAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

# The one copy, which the rules of a project read too.
SPECIFICATION = tomllib.loads(
    (PACKAGES / "django-strict/src/django_strict/rules/specification.toml").read_text(
        "utf-8"
    )
)

PRODUCTION = {
    "DJANGO_ENVIRONMENT": "production",
    "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
    "DJANGO_ALLOWED_HOSTS": "api.example.com",
    "DATABASE_URL": f"postgresql://app:{secrets.token_urlsafe(32)}@127.0.0.1:1/app",
    "REDIS_URL": f"redis://:{secrets.token_urlsafe(32)}@127.0.0.1:1/0",
    "EMAIL_HOST": "smtp.example.com",
}

PRINT_SETTINGS = """
import json
from config import settings
values = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
print(json.dumps(values, default=str))
"""


@pytest.fixture(scope="module")
def pyproject(rendered: "Path") -> dict[str, Any]:
    """Read the rendered ``pyproject.toml``.

    Args:
        rendered: The default project.

    Returns:
        Its tool tables.
    """
    tables: dict[str, Any] = tomllib.loads((rendered / "pyproject.toml").read_text())[
        "tool"
    ]
    return tables


@pytest.fixture(scope="module")
def settings(project: Project) -> dict[str, Any]:
    """Load the Django settings of the default project in production.

    Args:
        project: The default project.

    Returns:
        The settings, as JSON can express them.
    """
    output = project.run("uv", "run", "python", "-c", PRINT_SETTINGS, extra=PRODUCTION)
    values: dict[str, Any] = json.loads(output.splitlines()[-1])
    return values


def test_ruff_is_configured_as_specified(pyproject: dict[str, Any]) -> None:
    """Section 5.2, exactly."""
    assert pyproject["ruff"] == SPECIFICATION["tool"]["ruff"]


def test_the_repository_holds_itself_to_the_same_ruff_rules() -> None:
    """Section 5.2, exactly, for the code of this repository."""
    own = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert own["tool"]["ruff"] == SPECIFICATION["tool"]["ruff"]


def test_pytest_is_configured_as_specified(pyproject: dict[str, Any]) -> None:
    """Section 5.3, exactly."""
    assert pyproject["pytest"] == SPECIFICATION["tool"]["pytest"]


@pytest.mark.parametrize(("name", "value"), SPECIFICATION["security"].items())
def test_production_is_secured_as_specified(
    settings: dict[str, Any], name: str, value: object
) -> None:
    """Section 6, each value."""
    assert settings[name] == value


@pytest.mark.parametrize(("name", "value"), SPECIFICATION["REST_FRAMEWORK"].items())
def test_rest_framework_is_configured_as_specified(
    settings: dict[str, Any], name: str, value: object
) -> None:
    """Section 11, each entry; a dictionary may hold further keys."""
    actual = settings["REST_FRAMEWORK"][name]
    if isinstance(value, dict):
        actual = {key: actual[key] for key in value}
    assert actual == value


def test_git_ignores_what_is_specified(clone: "Path", tmp_path: "Path") -> None:
    """Section 10.4, every line of its list."""
    folder = render(clone, {"commit_lockfile": False}, tmp_path / "project")
    ignored = set((folder / ".gitignore").read_text().splitlines())
    assert set(SPECIFICATION["gitignore"]) <= ignored


@pytest.mark.parametrize("path", SPECIFICATION["layout"])
def test_the_layout_is_the_specified_one(rendered: "Path", path: str) -> None:
    """Section 1, every file that is not about containers."""
    assert (rendered / path).is_file()


@pytest.mark.parametrize("name", ["DJANGO_SECRET_KEY", "DATABASE_URL"])
def test_production_refuses_to_start_without_a_secret(
    clone: "Path", environment_folder: "Path", tmp_path: "Path", name: str
) -> None:
    """The sentence names the variable; no default stands in for it."""
    # A project of its own: `poe serve` may have written a .env into a shared one.
    project = Project(render(clone, {}, tmp_path / "project"), environment_folder)
    incomplete = {key: value for key, value in PRODUCTION.items() if key != name}
    output = project.run(
        "uv", "run", "python", "manage.py", "check", check=False, extra=incomplete
    )
    assert name in output
    assert "no issues" not in output
