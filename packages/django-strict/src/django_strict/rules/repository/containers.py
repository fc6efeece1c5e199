"""Dockerfile and docker-compose.yml keep what section 10 demands."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

import yaml

from django_strict.rules.model import Finding
from django_strict.rules.repository.dockerfile import VARIABLE, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django_strict.rules.repository.dockerfile import Dockerfile, Stage

FILE: Final = "Dockerfile"
COMPOSE: Final = "docker-compose.yml"
BUILDER_IMAGE: Final = re.compile(r"python:3\.12\.12-slim(-bookworm|-trixie)?$")
RUNTIME_IMAGE: Final = re.compile(r"gcr\.io/distroless/python3-debian1[23](:nonroot)?$")
UV_IMAGE: Final = "ghcr.io/astral-sh/uv"
SYNC: Final = re.compile(r"\buv sync\b(?=.*--frozen)(?=.*--no-dev)")
FIXING: Final = re.compile(r"ruff check(?! --no-fix)|ruff format(?! --check)")
APPLICATION: Final = "config.asgi:application"
GUNICORN_FILE: Final = "config/gunicorn.conf.py"
# Service, image; None means built here. A service on another host is left out.
SERVICES: Final = {
    "app": None,
    "db": "postgres:16.11",
    "redis": "redis:7.2.7-alpine",
    "nginx": None,
    "migrate": None,
}
OWN_HOSTS: Final = {"db": "database", "redis": "redis"}
NGINX_IMAGE: Final = "nginx:stable-alpine"


def check_dockerfile(root: Path) -> Iterator[Finding]:
    """Judge the Dockerfile.

    Args:
        root: Folder of the project.

    Yields:
        DS090 to DS095 and DS100.
    """
    path = root / FILE
    if not path.is_file():
        return
    file = parse(path.read_text("utf-8"))
    if not file.stages:
        yield Finding(FILE, 1, 1, "DS090", "there is no stage")
        return
    runtime = file.stages[-1]
    builder = _builder(file, runtime)
    if not RUNTIME_IMAGE.fullmatch(file.base_image(runtime)):
        message = f"the last stage runs on {file.base_image(runtime)}"
        yield Finding(FILE, runtime.line, 1, "DS090", message)
    yield from _check_runtime(runtime, builder)
    yield from _check_exec_form(file)
    if builder is None:
        return
    if not BUILDER_IMAGE.match(file.base_image(builder)):
        message = f"the builder starts from {file.base_image(builder)}"
        yield Finding(FILE, builder.line, 1, "DS090", message)
    yield from _check_builder(file, builder)


def _builder(file: Dockerfile, runtime: Stage) -> Stage | None:
    """Find the stage that makes the virtual environment.

    Args:
        file: The Dockerfile.
        runtime: Its last stage.

    Returns:
        The stage that ``.venv`` is copied from, or None.
    """
    for name, text in runtime.sources():
        if ".venv" in text:
            return file.stage(name)
    return None


def _check_builder(file: Dockerfile, builder: Stage) -> Iterator[Finding]:
    """Judge how packages and code get into the image.

    Args:
        file: The Dockerfile.
        builder: Its builder.

    Yields:
        DS091 and DS093; DS092 through the gate.
    """
    lineage = file.lineage(builder)
    runs = [run for stage in lineage for run in stage.all("RUN")]
    copied = [name for stage in lineage for name, _ in stage.sources()]
    images = [
        file.base_image(stage) if (stage := file.stage(name)) else name
        for name in copied
    ]
    if not any(image.startswith(UV_IMAGE) for image in images):
        message = f"uv is not copied from {UV_IMAGE}"
        yield Finding(FILE, builder.line, 1, "DS091", message)
    if not any(SYNC.search(run.text) for run in runs):
        message = "the builder does not run `uv sync --frozen --no-dev`"
        yield Finding(FILE, builder.line, 1, "DS091", message)
    yield from _check_gate(file, builder)
    collected = [run for run in runs if "collectstatic" in run.text]
    if not any("--noinput" in run.text for run in collected):
        message = "the builder does not run `manage.py collectstatic --noinput`"
        yield Finding(FILE, builder.line, 1, "DS093", message)


def _check_gate(file: Dockerfile, builder: Stage) -> Iterator[Finding]:
    """Judge what must pass before the builder is built.

    Args:
        file: The Dockerfile.
        builder: Its builder.

    Yields:
        DS092.
    """
    gates = [run for stage in file.requirements(builder) for run in stage.all("RUN")]
    text = "\n".join(run.text for run in gates)
    for wanted in ("ruff check --no-fix", "ruff format --check"):
        if wanted not in text:
            message = f"nothing before the image runs `{wanted}`"
            yield Finding(FILE, builder.line, 1, "DS092", message)
    for run in gates:
        if FIXING.search(run.text):
            yield Finding(FILE, run.line, 1, "DS092", "the build changes code")
        if "ruff" in run.text and re.search(
            r"\|\|\s*(true|:|exit 0)|--exit-zero", run.text
        ):
            yield Finding(FILE, run.line, 1, "DS092", "the gate cannot fail")


def _check_runtime(runtime: Stage, builder: Stage | None) -> Iterator[Finding]:
    """Judge the last stage.

    Args:
        runtime: The stage.
        builder: Where its packages come from.

    Yields:
        DS094, DS095 and DS100.
    """
    if builder is None:
        message = "the last stage copies no .venv from a builder"
        yield Finding(FILE, runtime.line, 1, "DS094", message)
    environment = " ".join(entry.text for entry in runtime.all("ENV"))
    if not re.search(r'\bPATH="?/app/\.venv/bin', environment):
        message = "PATH does not begin with /app/.venv/bin"
        yield Finding(FILE, runtime.line, 1, "DS094", message)
    users = runtime.all("USER")
    if users and users[-1].text.split(":")[0] in {"root", "0"}:
        yield Finding(FILE, users[-1].line, 1, "DS094", "the last stage runs as root")
    entries = runtime.all("ENTRYPOINT")
    arguments = (entries[-1].array or []) if entries else []
    wanted = arguments[:1] and arguments[0].endswith("/gunicorn")
    if not (
        wanted
        and APPLICATION in arguments
        and any(argument.endswith(GUNICORN_FILE) for argument in arguments)
    ):
        line = entries[-1].line if entries else runtime.line
        message = f"ENTRYPOINT does not run gunicorn with {APPLICATION}"
        yield Finding(FILE, line, 1, "DS095", message)
    checks = runtime.all("HEALTHCHECK")
    if not checks or "CMD" not in checks[-1].text:
        line = checks[-1].line if checks else runtime.line
        yield Finding(FILE, line, 1, "DS100", "the last stage has no HEALTHCHECK")


def _check_exec_form(file: Dockerfile) -> Iterator[Finding]:
    """Find commands that need a shell.

    Args:
        file: The Dockerfile.

    Yields:
        DS095 and DS100.
    """
    for stage in file.stages:
        for word in ("ENTRYPOINT", "CMD"):
            for entry in stage.all(word):
                if entry.array is None:
                    message = f"{word} is not a JSON array"
                    yield Finding(FILE, entry.line, 1, "DS095", message)
        for entry in stage.all("HEALTHCHECK"):
            _, found, command = entry.text.partition("CMD")
            if found and not command.strip().startswith("["):
                message = "HEALTHCHECK needs a shell: its command is no JSON array"
                yield Finding(FILE, entry.line, 1, "DS100", message)


def check_compose(root: Path) -> Iterator[Finding]:
    """Judge docker-compose.yml.

    Args:
        root: Folder of the project.

    Yields:
        DS096 and DS097.
    """
    path = root / COMPOSE
    if not path.is_file():
        return
    text = path.read_text("utf-8")
    try:
        services: dict[str, Any] = yaml.safe_load(text).get("services") or {}
    except (yaml.YAMLError, AttributeError):
        yield Finding(COMPOSE, 1, 1, "DS096", "the file is no valid YAML")
        return
    foreign = _foreign_services(root)
    for name, image in SERVICES.items():
        service = services.get(name)
        if service is None and name not in foreign:
            yield Finding(COMPOSE, 1, 1, "DS096", f"the service `{name}` is missing")
        elif service is not None and (problem := _image_problem(service, image)):
            message = f"`{name}` {problem}"
            yield Finding(COMPOSE, _line(text, name), 1, "DS096", message)
    if "manage" not in services:
        yield Finding(COMPOSE, 1, 1, "DS097", "the service `manage` is missing")
    migrate = str(services.get("migrate", {}).get("command", ""))
    if "migrate" in services and "migrate" not in migrate:
        line = _line(text, "migrate")
        yield Finding(COMPOSE, line, 1, "DS096", "`migrate` does not run migrations")


def _image_problem(service: dict[str, Any], wanted: str | None) -> str:
    """Compare the image of a service.

    Args:
        service: Its definition.
        wanted: The image it must run, None for one that is built here.

    Returns:
        The end of a sentence, empty when all is well.
    """
    name = str(service.get("image", ""))
    actual = VARIABLE.sub(lambda found: found[2] or "", name)
    if wanted and actual != wanted:
        return f"runs {actual or 'a built image'} instead of {wanted}"
    if not wanted and "build" not in service and actual != NGINX_IMAGE:
        return f"runs {actual}, which is not built from the Dockerfile"
    return ""


def _foreign_services(root: Path) -> set[str]:
    """List services that the project uses on another host.

    Args:
        root: Folder of the project.

    Returns:
        Names of services that docker-compose.yml need not have.
    """
    path = root / "config" / "project.toml"
    if not path.is_file():
        return set()
    project = tomllib.loads(path.read_text("utf-8"))
    return {
        service
        for service, table in OWN_HOSTS.items()
        if project.get(table, {}).get("host") != service
    }


def _line(text: str, service: str) -> int:
    """Find a service.

    Args:
        text: The compose file.
        service: Its name.

    Returns:
        Its line, 1 when it is not found.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if line.rstrip() == f"  {service}:":
            return number
    return 1
