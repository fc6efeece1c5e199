"""Print the effective environment without its secrets, and what is wrong with it."""

import argparse
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from config.environment import read
from django_strict.project import ROOT

if TYPE_CHECKING:
    from config.environment import LoadedEnvironment

HIDDEN = "(set, not shown)"


def shown(value: object) -> str:
    """Put a value into words that betray no secret.

    Args:
        value: A setting.

    Returns:
        The text; of the address of a server its user, host and path.
    """
    if isinstance(value, SecretStr):
        parts = urlsplit(value.get_secret_value())
        if not parts.hostname:
            return HIDDEN
        user = f"{parts.username}@" if parts.username else ""
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{user}{parts.hostname}{port}{parts.path}"
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)


def rows(environment: "LoadedEnvironment") -> list[tuple[str, str]]:
    """List all settings.

    Args:
        environment: The environment.

    Returns:
        The variable's name and its value in words, for each.
    """
    found = []
    for model in environment.models:
        for name, field in type(model).model_fields.items():
            variable = str(field.validation_alias)
            text = shown(getattr(model, name))
            if not text and variable in {"DATABASE_URL", "REDIS_URL"}:
                text = "(embedded server, started when it is needed)"
            found.append((variable, text or "(not set)"))
    return found


def main() -> int:
    """Run the command.

    Returns:
        0 when the project can start, else 1.
    """
    argparse.ArgumentParser(
        prog="poe env", description=__doc__, epilog="Exit code 1: something is wrong."
    ).parse_args()
    environment, problems = read()
    if environment:
        width = max(len(name) for name, _ in rows(environment))
        for name, text in rows(environment):
            print(f"{name:<{width}}  {text}")
    source = ROOT / ".env"
    print(f"\n.env: {source if source.exists() else 'none'}")
    for problem in problems:
        print(f"problem: {problem}", file=sys.stderr)
    if problems:
        print("next: mend .env, then `uv run poe env` again", file=sys.stderr)
    else:
        print("The project can start: uv run poe serve")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
