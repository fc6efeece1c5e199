"""Section 10: containers and required files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules import documents
from django_strict.rules.compose import few_rights, is_root
from django_strict.rules.credentials import (
    is_key_file,
    is_secret,
    is_secret_name,
    no_secrets,
)
from django_strict.rules.dockerfile import DIGEST, SOURCE, dockerfile
from django_strict.rules.files import fixed
from django_strict.rules.model import rule
from django_strict.rules.shell import RIGHTS, commands, hides_failure, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.dockerfile import Dockerfile, Instruction, Stage
    from django_strict.rules.files import Project
    from django_strict.rules.model import Problem

FILE: Final = "Dockerfile"
DOCKERFILE: Final = re.compile(r"(^|\.)(Dockerfile|Containerfile)(\.|$)")
COMPOSE: Final = "docker-compose.yml"
SET: Final = re.compile(r"^set -\w*e", re.MULTILINE)
# Each ignore file and the name of its list in the specification.
IGNORE_FILES: Final = {".gitignore": "gitignore", ".dockerignore": "dockerignore"}
# A lock is asked for once, when the project is made: a committed one is not ignored.
LOCK: Final = "uv.lock"
BUILDER_IMAGE: Final = re.compile(r"python:3\.12\.12-slim(-bookworm|-trixie)?$")
RUNTIME_IMAGE: Final = re.compile(r"gcr\.io/distroless/python3-debian1[23](:nonroot)?$")
UV_IMAGE: Final = "ghcr.io/astral-sh/uv"
# What installs more than was locked for production, and what installs past the lock.
MORE: Final = {
    *("--group", "--only-group", "--all-groups", "--dev", "--only-dev", "--extra"),
    *("--all-extras", "--no-frozen", "--no-locked", "--upgrade", "-U"),
}
PAST_THE_LOCK: Final = re.compile(
    r"\b(pip3?|pipx|poetry|conda|easy_install)\b.*\binstall\b"
    r"|\buv (pip|add|tool|venv --seed)\b|\buvx\b"
)
CHECK: Final = ("check", "--no-fix")
FORMAT: Final = ("format", "--check")
# All that the gate may be told besides.
GATE_OPTIONS: Final = re.compile(
    r"\.|--no-cache|--config(=ruff\.strict\.toml)?|ruff\.strict\.toml|--quiet|-q"
    r"|--output-format=?\w*"
)
FIXING: Final = re.compile(r"ruff check(?! --no-fix)|ruff format(?! --check)")
# Programs that the runtime does without.
PROGRAMS: Final = re.compile(r"^/?$|^/?(usr/(local/)?)?s?bin(/|$)|^/?(lib|etc|usr)/?$")
ASSIGNMENT: Final = re.compile(r"\b(\w+)=(\S+)")
# Programs that say yes to everything.
YES: Final = re.compile(
    r"^\s*\[\s*\"(/\S*/)?(true|echo|printf|sleep)\"|exit\s*\(?\s*0|\|\|"
)
PATH: Final = re.compile(r'\bPATH="?/app/\.venv/bin')
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


@rule(
    "DS090",
    title="The image is built on python:3.12.12-slim and runs on distroless.",
    why="The runtime has no shell and no package manager to attack.",
    fix="Restore the FROM lines of the Dockerfile.",
    where="Dockerfile",
    bad="FROM python:3.12 AS runtime",
    good="FROM gcr.io/distroless/python3-debian12:nonroot AS runtime",
)
def images_are_the_specified_ones(project: Project) -> Iterator[Problem]:
    """Follow both stages down to their images."""
    if not project.lines(FILE):
        return
    file = dockerfile(project)
    if not file.stages:
        yield project.at(FILE, "there is no stage")
        return
    image = file.base_image(file.runtime)
    if not RUNTIME_IMAGE.fullmatch(image):
        message = f"the last stage runs on {image}"
        yield project.at(FILE, message, file.runtime.line)
    if file.builder and not BUILDER_IMAGE.match(file.base_image(file.builder)):
        message = f"the builder starts from {file.base_image(file.builder)}"
        yield project.at(FILE, message, file.builder.line)


@rule(
    "DS091",
    title="The builder installs with uv, frozen and without development packages.",
    why="The image holds exactly what was locked, and nothing to test or lint with.",
    fix="Copy uv from ghcr.io/astral-sh/uv and run `uv sync --frozen --no-dev`.",
    where="Dockerfile",
    bad="RUN pip install django",
    good="RUN uv sync --frozen --no-dev",
)
def uv_installs_what_was_locked(project: Project) -> Iterator[Problem]:
    """Judge the builder and the stages it starts from."""
    file = dockerfile(project)
    if file.builder is None:
        return
    lineage = file.lineage(file.builder)
    copied = [name for stage in lineage for name, _ in stage.sources()]
    images = [
        file.base_image(stage) if (stage := file.stage(name)) else name
        for name in copied
    ]
    if not any(image.startswith(UV_IMAGE) for image in images):
        message = f"uv is not copied from {UV_IMAGE}"
        yield project.at(FILE, message, file.builder.line)
    runs = [run for stage in lineage for run in stage.all("RUN")]
    synced = [
        words
        for run in runs
        for words in commands(run.text)
        if words[:2] == ["uv", "sync"]
    ]
    if not any({"--frozen", "--no-dev"} <= set(words) for words in synced):
        message = "the builder does not run `uv sync --frozen --no-dev`"
        yield project.at(FILE, message, file.builder.line)
    for run in runs:
        calls = re.findall(r"\buv sync\b[^&|;\n]*", run.text)
        more = {
            word.partition("=")[0] for call in calls for word in call.split()
        } & MORE
        lacks = [one for one in calls if "--no-dev" not in one or "--frozen" not in one]
        past = [found[0] for found in PAST_THE_LOCK.finditer(run.text)]
        for name in (*sorted(more), *lacks, *past):
            message = f"`{name.strip()}` installs more than was locked for production"
            yield project.at(FILE, message, run.line)
    if len(file.environments) > 1:
        names = " and ".join(sorted(file.environments))
        message = f"the last stage takes a .venv from {names}"
        yield project.at(FILE, message, file.runtime.line)


@rule(
    "DS092",
    title="A quality gate stops the build of code that ruff refuses.",
    why="An image of unchecked code must not exist.",
    fix="Run `ruff check --no-fix` and `ruff format --check` in a stage that the builder depends on.",
    where="Dockerfile",
    bad="FROM base AS builder",
    good="RUN ruff check --no-fix . && ruff format --check .",
)
def a_gate_stops_the_build(project: Project) -> Iterator[Problem]:
    """Judge what must pass before the builder is built."""
    file = dockerfile(project)
    if file.builder is None:
        return
    stages = file.requirements(file.builder)
    runs = [run for stage in stages for run in stage.all("RUN")]
    calls = [words for run in runs for words in commands(run.text)]
    for wanted in (CHECK, FORMAT):
        if not any(_judges(words, wanted) for words in calls):
            message = f"nothing before the image runs `ruff {' '.join(wanted)} .` and ends on it"
            yield project.at(FILE, message, file.builder.line)
    for run in runs:
        if FIXING.search(run.text):
            yield project.at(FILE, "the build changes code", run.line)


def _judges(words: list[str], wanted: tuple[str, str]) -> bool:
    """Tell whether a command is ruff's, judges the whole tree, and leaves nothing out."""
    program = words[0].rpartition("/")[2] if words else ""
    options = [word for word in words[1:] if word not in wanted]
    return (
        program == "ruff"
        and words[1:2] == [wanted[0]]
        and wanted[1] in words
        and "." in options
        and all(GATE_OPTIONS.fullmatch(word) for word in options)
    )


@rule(
    "DS088",
    title="No step of a build, and no script, hides a failure.",
    why="A build that goes on after an error makes an image of which nobody knows what it holds.",
    fix="Join commands with `&&`, begin scripts with `set -eu`, and delete what the message names.",
    where="Dockerfile",
    bad="RUN uv sync --frozen --no-dev || true",
    good="RUN uv sync --frozen --no-dev",
)
def steps_fail(project: Project) -> Iterator[Problem]:
    """Judge every RUN, and every script of a shell."""
    for path in dockerfiles(project):
        for stage in dockerfile(project, path).stages:
            for run in stage.all("RUN"):
                if found := hides_failure(run.text, lines_fail=False):
                    yield project.at(path, f"`{found}` hides a failure", run.line)
    for path in project.scripts:
        text = plain("\n".join(project.lines(path)))
        if not SET.search(text):
            yield project.at(path, "the script does not begin with `set -eu`")
        elif found := hides_failure(text, lines_fail=True):
            line = text[: text.index(found)].count("\n") + 1
            yield project.at(path, f"`{found}` hides a failure", line)


def dockerfiles(project: Project) -> list[str]:
    """List the files that images are built from, whatever they are called."""
    return [one for one in project.texts if DOCKERFILE.search(one.rpartition("/")[2])]


@few_rights
def images_have_a_user(project: Project) -> Iterator[Problem]:
    """Judge the stages that are run: the last one, and those that say what to run."""
    file = dockerfile(project)
    for stage in _run_stages(project, file):
        user = file.user(stage)
        if is_root(user):
            line = next((u.line for u in stage.all("USER")[-1:]), stage.line)
            yield project.at(FILE, f"the stage `{stage.name}` ends as root", line)
        entries = [entry for one in file.lineage(stage) for entry in one.instructions]
        for entry in entries:
            if found := RIGHTS.search(entry.text):
                message = f"`{found[0]}` lets a user become another one"
                yield project.at(FILE, message, entry.line)


@few_rights
def scripts_stay_who_they_are(project: Project) -> Iterator[Problem]:
    """Find scripts that change their user, or give a program somebody else's rights."""
    for path in project.scripts:
        text = plain("\n".join(project.lines(path)))
        for number, line in enumerate(text.splitlines(), 1):
            if found := RIGHTS.search(line.partition(" #")[0]):
                message = f"`{found[0]}` lets a user become another one"
                yield project.at(path, message, number)


def _run_stages(project: Project, file: Dockerfile) -> list[Stage]:
    """List the last stage, those that Compose names, and those with a command."""
    builds = [one.get("build") for one in (documents.services(project) or {}).values()]
    targets = {
        str(one.get("target")).lower() for one in builds if isinstance(one, dict)
    }
    return [
        stage
        for stage in file.stages
        if stage is file.stages[-1]
        or stage.name in targets
        or stage.all("ENTRYPOINT")
        or stage.all("CMD")
    ]


@no_secrets
def images_hold_no_secret(project: Project) -> Iterator[Problem]:
    """Find what is set, handed in or copied: layers keep all of it."""
    for path in dockerfiles(project):
        for entry in dockerfile(project, path).instructions:
            for message in (*_set(entry), *_copied(entry)):
                yield project.at(path, message, entry.line)


def _set(entry: Instruction) -> Iterator[str]:
    """Find variables and labels that hold a secret, in the image or in its history."""
    if entry.word in {"ENV", "ARG", "LABEL"}:
        for name, value in entry.pairs:
            if is_secret_name(name) and (entry.word != "LABEL" or value):
                yield f"{entry.word} keeps `{name}` in the image"
    for found in ASSIGNMENT.finditer(entry.text if entry.word == "RUN" else ""):
        if is_secret_name(found[1]) and is_secret(found[2].strip("\"'")):
            yield f"RUN writes `{found[1]}` out"


def _copied(entry: Instruction) -> Iterator[str]:
    """Find files of secrets that are copied from the folder of the project."""
    if entry.word in {"COPY", "ADD"} and "--from" not in entry.text:
        words = [word for word in entry.text.split() if not word.startswith("--")]
        for source in (word.strip("[]\",'") for word in words[:-1]):
            if is_key_file(source) or source.strip("./").startswith("secrets"):
                yield f"{entry.word} takes `{source}` into the image"


@rule(
    "DS093",
    title="Static files are collected while the image is built.",
    why="The runtime has no shell and a read-only file system.",
    fix="Run `manage.py collectstatic --noinput` in the builder.",
    where="Dockerfile",
    bad="# no collectstatic",
    good="RUN python manage.py collectstatic --noinput",
)
def static_files_are_collected(project: Project) -> Iterator[Problem]:
    """Judge the builder and the stages it starts from."""
    file = dockerfile(project)
    if file.builder is None:
        return
    runs = [run for stage in file.lineage(file.builder) for run in stage.all("RUN")]
    if not any("collectstatic --noinput" in run.text for run in runs):
        message = "the builder does not run `manage.py collectstatic --noinput`"
        yield project.at(FILE, message, file.builder.line)


@rule(
    "DS094",
    title="The runtime stage takes .venv from the builder and puts it on PATH.",
    why="Nothing is installed in an image without a shell.",
    fix="Copy /app/.venv from the builder and set PATH to begin with /app/.venv/bin.",
    where="Dockerfile",
    bad="ENV PATH=/usr/bin",
    good="ENV PATH=/app/.venv/bin:/usr/local/bin",
)
def packages_come_from_the_builder(project: Project) -> Iterator[Problem]:
    """Judge the last stage: its packages, its PATH and what else it takes."""
    runtime = dockerfile(project).runtime
    if not runtime.name:
        return
    if not any(".venv" in text for _, text in runtime.sources()):
        message = "the last stage copies no .venv from a builder"
        yield project.at(FILE, message, runtime.line)
    if not PATH.search(" ".join(entry.text for entry in runtime.all("ENV"))):
        message = "PATH does not begin with /app/.venv/bin"
        yield project.at(FILE, message, runtime.line)
    for entry in (*runtime.all("COPY"), *runtime.all("ADD")):
        words = [word for word in entry.text.split() if not word.startswith("--")]
        sources = SOURCE.findall(entry.text)
        is_foreign = any(dockerfile(project).stage(name) is None for name in sources)
        programs = [one for one in words[:-1] if sources and PROGRAMS.search(one)]
        # What comes from the folder itself has passed no gate.
        if is_foreign or programs or not sources:
            message = f"the last stage takes in {' '.join(words[:-1])}, which it lacks on purpose"
            yield project.at(FILE, message, entry.line)


@rule(
    "DS095",
    title="ENTRYPOINT and CMD are JSON arrays, and gunicorn serves config.asgi.",
    why="The shell form needs a shell, which distroless lacks.",
    fix='Write ENTRYPOINT ["/app/.venv/bin/gunicorn", "config.asgi:application", "-c", "/app/config/gunicorn.conf.py"].',
    where="Dockerfile",
    bad="CMD gunicorn config.asgi:application",
    good='ENTRYPOINT ["/app/.venv/bin/gunicorn", "config.asgi:application"]',
)
def gunicorn_runs_without_a_shell(project: Project) -> Iterator[Problem]:
    """Judge the entry point of the last stage and the form of all."""
    file = dockerfile(project)
    if not file.stages:
        return
    entries = file.runtime.all("ENTRYPOINT")
    arguments = (entries[-1].array or []) if entries else []
    if not (
        arguments
        and arguments[0].endswith("/gunicorn")
        and APPLICATION in arguments
        and any(argument.endswith(GUNICORN_FILE) for argument in arguments)
    ):
        line = entries[-1].line if entries else file.runtime.line
        message = f"ENTRYPOINT does not run gunicorn with {APPLICATION}"
        yield project.at(FILE, message, line)
    for stage in file.stages:
        for entry in (*stage.all("ENTRYPOINT"), *stage.all("CMD")):
            if entry.array is None:
                message = f"{entry.word} is not a JSON array"
                yield project.at(FILE, message, entry.line)


def _at(project: Project, service: str, message: str) -> Problem:
    """Report a service at the line on which it begins."""
    lines = [line.rstrip() for line in project.lines(COMPOSE)]
    head = f"  {service}:"
    line = lines.index(head) + 1 if head in lines else 1
    return project.at(COMPOSE, message, line)


@rule(
    "DS096",
    title="docker-compose.yml runs app, db, redis, nginx and migrate on the pinned images.",
    why="What was tested is what runs.",
    fix="Restore the service or image that the message names.",
    where="docker-compose.yml",
    bad="image: postgres:latest",
    good="image: postgres:16.11",
)
def services_run_the_pinned_images(project: Project) -> Iterator[Problem]:
    """A service that the project uses on another host may be missing."""
    if not project.lines(COMPOSE):
        return
    services = documents.services(project)
    if services is None:
        yield project.at(COMPOSE, "the file is no valid YAML")
        return
    own = project.toml("config/project.toml")
    for name, image in SERVICES.items():
        service = services.get(name)
        host = own.table(OWN_HOSTS.get(name, "")).get("host", name)
        if service is None and host == name:
            yield project.at(COMPOSE, f"the service `{name}` is missing")
        elif service is not None and (problem := _image_problem(service, image)):
            yield _at(project, name, f"`{name}` {problem}")
    migrate = services.get("migrate")
    if migrate and "migrate" not in str(migrate.get("command", "")):
        yield _at(project, "migrate", "`migrate` does not run migrations")


def _image_problem(service: dict[str, Any], wanted: str | None) -> str:
    """Compare the image of a service, None for one that is built here."""
    actual = DIGEST.sub("", str(service.get("image", "")))
    if wanted and actual != wanted:
        return f"runs {actual or 'a built image'} instead of {wanted}"
    if not wanted and "build" not in service and actual != NGINX_IMAGE:
        return f"runs {actual}, which is not built from the Dockerfile"
    return ""


@rule(
    "DS097",
    title="manage.py commands have a service of their own.",
    why="The runtime image has no shell to run them in.",
    fix="Restore the service `manage` in docker-compose.yml.",
    where="docker-compose.yml",
    bad="services: {}",
    good="""
services:
  manage:
    profiles: [manage]
""",
)
def commands_have_a_service(project: Project) -> Iterator[Problem]:
    """Find it by its name."""
    services = documents.services(project)
    if services is not None and "manage" not in services:
        yield project.at(COMPOSE, "the service `manage` is missing")


def missing_lines(project: Project, name: str) -> list[str]:
    """Compare an ignore file with the specification's list.

    Args:
        project: The project.
        name: A key of ``IGNORE_FILES``.

    Returns:
        The lines that it lacks; none when there is no such file.
    """
    lines = {line.strip() for line in project.lines(name)}
    wanted: list[str] = fixed("specification")[IGNORE_FILES[name]]
    return [line for line in wanted if line not in {*lines, LOCK}] if lines else []


def _unignored(project: Project, name: str) -> Iterator[Problem]:
    """Report the lines that an ignore file lacks; secrets have a rule of their own."""
    for line in missing_lines(project, name):
        if line != ".env":
            yield project.at(name, f"the line `{line}` is missing")


@rule(
    "DS098",
    title=".gitignore lists everything that section 10.4 lists.",
    why="Caches, secrets and local data do not belong into git.",
    fix="Add the line that the message names.",
    where=".gitignore",
    bad="*.pyc",
    good="""
*.pyc
__pycache__/
""",
)
def git_ignores_what_is_specified(project: Project) -> Iterator[Problem]:
    """Compare the list."""
    yield from _unignored(project, ".gitignore")


@rule(
    "DS099",
    title=".dockerignore lists everything that section 10.4 lists.",
    why="What is sent to the build ends up in layers and caches.",
    fix="Add the line that the message names.",
    where=".dockerignore",
    bad=".git",
    good="""
.git
.env
""",
)
def docker_ignores_what_is_specified(project: Project) -> Iterator[Problem]:
    """Compare the list."""
    yield from _unignored(project, ".dockerignore")


@rule(
    "DS100",
    title="The app container has a health check in exec form.",
    why="An orchestrator restarts only what it knows to be unwell.",
    fix="Restore HEALTHCHECK with a JSON array in the Dockerfile's runtime stage, or `healthcheck` of the service app in docker-compose.yml.",
    where="Dockerfile",
    bad="HEALTHCHECK NONE",
    good='HEALTHCHECK CMD ["/app/.venv/bin/python", "-m", "config.health"]',
)
def the_app_has_a_health_check(project: Project) -> Iterator[Problem]:
    """Find its absence in the last stage, and the shell form in any."""
    file = dockerfile(project)
    if not file.stages:
        return
    checks = file.runtime.all("HEALTHCHECK")
    command = checks[-1].check if checks else None
    if command is not None and YES.search(command):
        message = "the HEALTHCHECK of the last stage cannot fail"
        yield project.at(FILE, message, checks[-1].line)
    if command is None:
        line = checks[-1].line if checks else file.runtime.line
        yield project.at(FILE, "the last stage has no HEALTHCHECK", line)
    for stage in file.stages:
        for entry in stage.all("HEALTHCHECK"):
            if entry.check is not None and not entry.check.startswith("["):
                message = "HEALTHCHECK needs a shell: its command is no JSON array"
                yield project.at(FILE, message, entry.line)
