"""What the gate consists of."""

import os
import secrets
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.env import PROJECT
from django_strict.project import CLUSTER, ROOT

RUFF: Final = ("ruff", "check", "--no-fix")
TOOLS: Final = ("python", "-m", "django_strict")
OPTIONS: Final = Path(__file__).parent / "rules" / "tools.toml"


@dataclass(frozen=True, slots=True)
class Step:
    """One independent judgement about the project.

    Attributes:
        name: What the person at the terminal reads.
        command: The program and its arguments.
        fix: What to do when it fails.
        environment: Variables beside those of the caller.
    """

    name: str
    command: tuple[str, ...]
    fix: str
    environment: dict[str, str] = field(default_factory=dict)


def _random() -> str:
    """Make a secret that passes the project's own rules.

    Returns:
        86 characters.
    """
    return secrets.token_urlsafe(64)


def local() -> dict[str, str]:
    """Describe a development machine to steps that never talk to a server.

    Returns:
        Variables; the settings want addresses, and nobody asks them.
    """
    return {
        "DJANGO_ENVIRONMENT": "local",
        "DJANGO_SECRET_KEY": _random(),
        "DATABASE_URL": PROJECT.database.example.replace("PASSWORD", _random()),
        "REDIS_URL": PROJECT.redis.example.replace("PASSWORD", _random()),
        "DJANGO_LOG_LEVEL": "WARNING",
    }


def with_database() -> dict[str, str]:
    """Describe a development machine to the step that reads the database.

    Returns:
        Variables; without addresses of the caller's, development servers are started.
    """
    return {
        "DJANGO_ENVIRONMENT": "local",
        "DJANGO_SECRET_KEY": _random(),
        "DJANGO_LOG_LEVEL": "WARNING",
    }


def production() -> dict[str, str]:
    """Describe a production machine.

    Returns:
        Variables with which the project would start there.
    """
    return {
        **local(),
        "DJANGO_ENVIRONMENT": "production",
        "DJANGO_DEBUG": "false",
        "DJANGO_ALLOWED_HOSTS": PROJECT.domain,
        "EMAIL_HOST": f"smtp.{PROJECT.domain}",
    }


def options(tool: str) -> tuple[str, ...]:
    """Name the file that says how strict a tool is.

    Args:
        tool: Name of its table below ``tool``.

    Returns:
        Arguments; none where pyproject.toml has a table of the project's own.
    """
    own = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8")).get("tool", {})
    return () if tool in own else ("--config", str(OPTIONS))


def steps() -> list[Step]:
    """List the gate's steps, the slow ones first.

    Returns:
        The steps; none depends on another or changes a tracked file.
    """
    fix = "`uv run poe fix` fixes what can be fixed safely"
    return [
        Step("mypy", ("mypy",), "correct the types named above", local()),
        Step(
            "migrations",
            (*TOOLS, "manage", "makemigrations", "--check", "--dry-run", "--noinput"),
            "`uv run poe manage makemigrations` writes what is missing",
            with_database(),
        ),
        Step(
            "openapi",
            ("python", "-m", "django_strict.openapi", "check"),
            "`uv run poe openapi` writes openapi.yaml; describe an operation that a "
            "warning names with @extend_schema",
        ),
        Step(
            "api changes",
            ("python", "-m", "django_strict.openapi", "compare"),
            "keep what clients rely on, or say that it is meant to go as shown above",
        ),
        Step(
            "django",
            (*TOOLS, "manage-check"),
            "follow the hints above",
            local(),
        ),
        Step(
            "deployment",
            (*TOOLS, "manage-check", "--deploy"),
            "follow the hints above; config/settings.py holds the values",
            production(),
        ),
        Step(
            "house rules",
            ("python", "-m", "django_strict.rules", "check"),
            "follow the fixes above; `uv run poe rule ID` explains a rule",
        ),
        Step(
            "import contracts",
            ("lint-imports", "--no-cache", "--no-logo", *options("importlinter")),
            "move the import to the layer that may have it (AGENTS.md)",
        ),
        Step(
            "docstrings",
            ("pydoclint", "--quiet", *options("pydoclint"), "."),
            "complete the sections",
        ),
        Step(
            "raises sections",
            # A preview rule: its own call keeps all other preview rules out.
            (
                *RUFF,
                "--preview",
                "--select",
                "DOC501",
                "--extend-exclude",
                "tests",
                ".",
            ),
            'name the exception under "Raises:" in the docstring',
        ),
        # The strict file extends the specification's block in pyproject.toml.
        Step("ruff", (*RUFF, "--config", "ruff.strict.toml", "."), fix),
        Step("format", ("ruff", "format", "--check", "."), fix),
        Step(
            "generated files",
            (*TOOLS, "env-files", "--check"),
            fix,
        ),
        Step(
            "packages",
            ("python", "-m", "django_strict.packages"),
            "run the command named above; a change of a rule belongs into [tool.strict]",
        ),
        Step("lock file", ("uv", "lock", "--check"), "`uv lock` brings it up to date"),
        *cluster_steps(),
    ]


def cluster_steps() -> list[Step]:
    """List what is judged about a cluster, in projects that have chosen one.

    Returns:
        The steps; the one that installs 90 packages is left to CI.
    """
    fix = "correct what is named above; docs/kubernetes.md tells what is checked"
    in_ci = os.environ.get("CI") == "true"
    kinds = {"kubernetes": (), "kubernetes policies": ("--policies",)}
    return [
        Step(name, (*TOOLS, "kubernetes", *options), fix)
        for name, options in kinds.items()
        if CLUSTER.is_dir() and (in_ci or not options)
    ]
