"""The environment on paper: ``.env.example``, ``.env``, a report.

A cluster's files of settings, where the project has them, are kept complete.

All of them are made from the model in ``config/env.py``: its fields, the text below each
and the ``# ---`` comments that group them.
"""

import argparse
import inspect
import os
import re
import secrets
import sys
from typing import TYPE_CHECKING, Any, Final, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from config.env import Env, read
from django_strict.project import CLUSTER, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic.fields import FieldInfo

HEADER: Final = """\
# Every variable this project reads. Copy it to .env and fill it in, or let
# `uv run poe serve` write a .env with fresh secrets. Generated from config/env.py.
"""
GROUP_OR_FIELD: Final = re.compile(r" {4}(?:# --- (?P<group>.+)|(?P<field>\w+): .+)")
COMPOSE: Final = "docker-compose.yml"
SETTING: Final = re.compile(r"^([A-Za-z_]\w*)=", re.MULTILINE)
SECRET_BYTES: Final = 64
WROTE: Final = "Wrote .env with a fresh secret key; it is yours and never overwritten."
HIDDEN: Final = "(set, not shown)"
# What the containers get, up to its last line.
COMPOSED: Final = re.compile(r"^x-django: .*\n(?:(?: .*)?\n)*? .*\n(?=\n|\S|\Z)", re.M)
# Made of another one, and never on in production.
NOT_COMPOSED: Final = ("REDIS_SESSION_URL", "DJANGO_DEBUG")
# Where they are empty in local, the commands start development servers.
SERVERS: Final = ("DATABASE_URL", "REDIS_URL")
# Read by OpenTelemetry and Sentry themselves, where the project has them.
EXTRA: Final = "django-strict-asgi[telemetry]"
TELEMETRY: Final[dict[str, Any]] = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": Field(
        default="",
        description="Collector of traces and metrics, http://collector:4318 say (OTLP over "
        "HTTP); what else can be said, other variables of OpenTelemetry's say.",
    ),
    "SENTRY_DSN": Field(
        default="", description="Where Sentry takes what is logged as an error."
    ),
}


def telemetry() -> "dict[str, FieldInfo]":
    """Name the variables of traces, metrics and errors.

    Returns:
        The variables, none where the project has not installed what reads them.
    """
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    return TELEMETRY if EXTRA in text else {}


def groups() -> dict[str, dict[str, "FieldInfo"]]:
    """Find the variables in the groups in which they are declared.

    Returns:
        The fields by the names of their variables, by the words of the group.
    """
    found: dict[str, dict[str, FieldInfo]] = {}
    group: dict[str, FieldInfo] = {}
    for line in inspect.getsource(Env).splitlines():
        if match := GROUP_OR_FIELD.match(line):
            if match["group"]:
                group = found.setdefault(match["group"], {})
            elif match["field"] in Env.model_fields:
                group[match["field"].upper()] = Env.model_fields[match["field"]]
    if fields := telemetry():
        found["Traces, metrics and errors."] = fields
    return found


def about(field: "FieldInfo") -> str:
    """Say what a variable is for.

    Args:
        field: Its field.

    Returns:
        The text below the field, in one line.
    """
    return " ".join((field.description or "").split())


def default(field: "FieldInfo") -> str:
    """Write the value that counts where a variable is not set.

    Args:
        field: Its field.

    Returns:
        The value as it would stand in a file, empty where there is none.
    """
    if field.is_required() or field.default is None:
        return ""
    if isinstance(field.default, bool):
        return str(field.default).lower()
    return ",".join(field.default) if field.default == () else str(field.default)


def render_example() -> str:
    """Write the text of ``.env.example``.

    Returns:
        The text; what local development needs is no comment there.
    """
    blocks = [HEADER]
    for group, fields in groups().items():
        lines = [f"# --- {group}"]
        for name, field in fields.items():
            is_needed = field.is_required() or name == "DJANGO_ENVIRONMENT"
            example = (field.examples or [default(field)])[0]
            lines += [
                f"# {about(field)}",
                f"{'' if is_needed else '#'}{name}={example}",
            ]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def expected() -> "dict[Path, str]":
    """Say what the generated files should hold.

    Returns:
        Text by path. A ``docker-compose.yml`` that hands on everything, or has another
        form, stays as it is.
    """
    compose = ROOT / COMPOSE
    files = {ROOT / ".env.example": render_example()}
    files |= {path: completed(path, wanted) for path, wanted in clustered().items()}
    if lines := "".join(f"  {name}: ${{{name}:-}}\n" for name in uncomposed()):
        text = compose.read_text(encoding="utf-8")
        files[compose] = COMPOSED.sub(lambda found: found[0] + lines, text, count=1)
    return files


def generate(*, write: bool) -> int:
    """Compare the generated files with the model, or write them.

    Args:
        write: Whether to bring them up to date.

    Returns:
        0 when they are, else 1.
    """
    stale = {
        path: text
        for path, text in expected().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    for path, text in stale.items():
        if write:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.name}")
        else:
            name = path.relative_to(ROOT)
            print(f"{name} differs from config/env.py; `uv run poe fix` fixes it.")
    left = uncomposed() if write or not stale.keys() & {ROOT / COMPOSE} else []
    problems = [
        f"{COMPOSE} does not hand {name} on; add `  {name}: ${{{name}:-}}` where it "
        "names what Django gets."
        for name in left
    ]
    problems += misplaced()
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems or (stale and not write) else 0


def uncomposed() -> list[str]:
    """Find variables that never reach the containers.

    Returns:
        Their names; none where the project has no ``docker-compose.yml``.
    """
    compose = ROOT / COMPOSE
    text = compose.read_text("utf-8") if compose.exists() else ""
    return [
        name
        for name in [*map(str.upper, Env.model_fields), *telemetry()]
        if text and name not in NOT_COMPOSED and f"\n  {name}:" not in text
    ]


def is_secret(field: "FieldInfo") -> bool:
    """Tell whether a variable's value is kept from eyes and logs."""
    return SecretStr in {field.annotation, *get_args(field.annotation)}


def first_value(field: "FieldInfo") -> str:
    """Propose a value for a cluster: of a secret its form, else its default."""
    return (field.examples or [""])[0] if is_secret(field) else default(field)


def clustered() -> "dict[Path, dict[str, FieldInfo]]":
    """Find the files that set variables in a cluster.

    Returns:
        What belongs in each: secrets into the example of a Secret, all else into the
        ConfigMap of an overlay. Nothing where the project has no such files.
    """
    fields = {
        name: field for group in groups().values() for name, field in group.items()
    }
    secret = {name: field for name, field in fields.items() if is_secret(field)}
    plain = {name: field for name, field in fields.items() if name not in secret}
    overlays = [path.parent for path in CLUSTER.glob("*/kustomization.yaml")]
    files = {
        folder / "config.env": plain
        for folder in sorted(overlays)
        if folder.name != "base"
    }
    return {**files, CLUSTER / "secret.env.example": secret} if files else {}


def completed(path: "Path", wanted: "dict[str, FieldInfo]") -> str:
    """Add the variables that a file does not set; what it says stays.

    Args:
        path: The file.
        wanted: What belongs in it.

    Returns:
        Its text.
    """
    text = path.read_text("utf-8") if path.exists() else ""
    held = SETTING.findall(text)
    return text + "".join(
        f"\n# {about(field)}\n{name}={first_value(field)}\n"
        for name, field in wanted.items()
        if name not in held
    )


def misplaced() -> list[str]:
    """Find what a cluster's files set and should not.

    Returns:
        A sentence for each variable that is unknown, or a secret in a ConfigMap.
    """
    return [
        f"{path.relative_to(ROOT)} sets {name}, which is "
        + (
            "not for this file: secrets belong into the Secret, all else into config.env."
            if name.lower() in Env.model_fields
            else "no variable of config/env.py; correct its name or remove it."
        )
        for path, wanted in clustered().items()
        if path.exists()
        for name in SETTING.findall(path.read_text("utf-8"))
        if name not in wanted
    ]


def write_once(path: "Path", text: str) -> bool:
    """Write a file of secrets, unless there is one.

    Args:
        path: Where it belongs.
        text: Its text.

    Returns:
        True when it was written, False when it was there already.
    """
    # O_EXCL: of two starts at once only one writes. Nobody else may read it.
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def write_dotenv() -> bool:
    """Write a first ``.env`` for local development, with a fresh secret key.

    Returns:
        True when it was written, False when there was one already.
    """
    key = f"\nDJANGO_SECRET_KEY={secrets.token_urlsafe(SECRET_BYTES)}\n"
    text = render_example().replace("\nDJANGO_SECRET_KEY=\n", key)
    return write_once(ROOT / ".env", text)


def shown(value: object) -> str:
    """Put a value into words that reveal no secret.

    Args:
        value: A setting.

    Returns:
        The text; of the address of a server its user, host and path.
    """
    if not hasattr(value, "get_secret_value"):
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        return "(not set)" if text in {"", "None"} else text
    secret = value.get_secret_value()
    url = urlsplit(secret)
    # One host, or several with commas, each with a port or without.
    hosts = url.netloc.rpartition("@")[2]
    if not hosts:
        return HIDDEN if secret else "(not set)"
    user = f"{url.username}@" if url.username else ""
    return f"{url.scheme}://{user}{hosts}{url.path}"


def report() -> int:
    """Print the effective environment without its secrets, and what is wrong with it.

    Returns:
        0 when the project can start, else 1.
    """
    env, problems = read()
    rows = {name.upper(): shown(getattr(env, name)) for name in Env.model_fields}
    for name in SERVERS:
        if env.is_local and rows[name] == "(not set)":
            rows[name] = "(development server, started when it is needed)"
            problems.pop(name, None)
    rows |= dict.fromkeys(problems, "(see below)")
    for name, text in rows.items():
        print(f"{name:<{max(map(len, rows))}}  {text}")
    dotenv = ROOT / ".env"
    print(f"\n.env: {dotenv if dotenv.exists() else 'none'}")
    for problem in problems.values():
        print(f"problem: {problem}", file=sys.stderr)
    if problems:
        print("next: change .env, then `uv run poe env` again", file=sys.stderr)
        return 1
    print("The project can start: uv run poe serve")
    return 0


def main() -> int:
    """Run the command.

    Returns:
        0 when all is well, else 1.
    """
    parser = argparse.ArgumentParser(prog="django-strict", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("env", help="print the settings, and what is wrong with them")
    files = commands.add_parser("env-files", help="the files made from config/env.py")
    mode = files.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true", help="compare, change nothing")
    mode.add_argument("--write", action="store_true", help="bring the files up to date")
    options = parser.parse_args()
    return report() if options.command == "env" else generate(write=options.write)


if __name__ == "__main__":
    sys.exit(main())
