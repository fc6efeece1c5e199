"""The rendered project: all that the benchmark knows about its files and commands."""

import os
import platform
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks.record import WORKERS, Machine
from benchmarks.servers import run
from tests.helpers.docker import engine_answers
from tests.helpers.project import Project
from tests.helpers.repository import ROOT, git, tagged_clone
from tests.helpers.serving import serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.servers import Databases

RIVALS: Final = Path(__file__).with_name("rivals")
SECONDS: Final = 90
# Prints the addresses of the project's servers, and holds them until its input ends.
START_SERVERS: Final = """
import sys
from pathlib import Path
from django_strict.servers import start
addresses = start(Path(".embedded").absolute())
print(addresses.database_url, addresses.redis_url, flush=True)
sys.stdin.read()
"""
STOP_SERVERS: Final = ("-m", "django_strict", "servers", "stop")
# What the Dockerfile copies into the image, beside packages and static files.
SHIPPED: Final = ("manage.py", "config", "apps")
# Requests are counted as ever; the count only never reaches the limit.
RATE: Final = re.compile(r'"\d+/(?:s|m|h|d)[a-z]*"')
ENDLESS: Final = '"1000000000/hour"'
CACHES: Final = (".mypy_cache", ".ruff_cache", ".import_linter_cache")
PACKAGES: Final = ("Django", "djangorestframework", "gunicorn", "uvicorn", "uvloop")
VERSIONS: Final = (
    "import platform, sys; from importlib.metadata import version\n"
    "print(platform.python_version(), *map(version, sys.argv[1:]))"
)
# The project's own code makes the cursor: nobody would follow 5,000 links.
CURSOR: Final = (
    "import sys, django; django.setup()\n"
    "from apps.users.selectors import user_list\n"
    "from django_strict_asgi.pagination import cursor_of\n"
    "users = user_list()\n"
    "print(cursor_of(users, users[int(sys.argv[1])]))"
)


@contextmanager
def rendered(folder: Path, copies: int = 3) -> Iterator[tuple[Project, list[float]]]:
    """Copy the template a few times and install one copy, as its first user would.

    Yields it with the seconds that each copy took, and stops servers that it left running.
    """
    clone = folder / "template"
    clone.mkdir()
    tagged_clone(clone)
    copier = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet"]
    seconds = [
        timed([*copier, "template", f"project-{number}"], folder, os.environ)
        for number in range(copies)
    ]
    project = Project(folder / "project-0", folder / "project-0" / ".venv").commit()
    run(["uv", "sync", "--quiet"], project.folder, project.variables({}))
    try:
        yield project, seconds
    finally:
        # What does not stop must not take a finished run with it.
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [_python(project.folder), *STOP_SERVERS],
                cwd=project.folder,
                env=project.variables({}),
                check=False,
                capture_output=True,
                timeout=SECONDS,
            )


@dataclass(frozen=True, slots=True)
class Deployment:
    """A project as its image holds it: without tools, tests and development packages."""

    folder: Path
    database_url: str
    redis_url: str
    # Of the accounts in the databases.
    password: str

    def gunicorn(self) -> list[str]:
        """Begin a command line that serves with the project's packages."""
        return [_python(self.folder), "-m", "gunicorn", "--no-control-socket"]

    def base_variables(self) -> dict[str, str]:
        """Take the caller's environment, without what would leak into a server."""
        return Project(self.folder, self.folder / ".venv").variables({})

    def variables(self) -> dict[str, str]:
        """Describe a production environment; access lines are on."""
        return self.base_variables() | {
            "DJANGO_ENVIRONMENT": "production",
            "DJANGO_LOG_LEVEL": "INFO",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
            "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "EMAIL_HOST": "127.0.0.1",
            "WEB_CONCURRENCY": str(WORKERS),
            "PYTHONPATH": str(self.folder),
        }

    def python(self, variables: dict[str, str], *arguments: str) -> str:
        """Run the project's Python; the last line that it prints is the result."""
        command = [_python(self.folder), *arguments]
        return run(command, self.folder, variables).splitlines()[-1]

    def seed(self, count: int) -> str:
        """Give the database so many accounts; returns the token of a member of staff."""
        script = str(RIVALS / "seed.py")
        token = self.python(self.variables(), script, str(count), self.password)
        vacuum(self.database_url)
        return token

    def cursor(self, row: int) -> str:
        """Make the cursor of the page that begins behind a row of the list."""
        return self.python(self.variables(), "-c", CURSOR, str(row))

    def create_database(self) -> str:
        """Make another database, so that the others have their own tables."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE plain")
        return urlunsplit(urlsplit(self.database_url)._replace(path="/plain"))

    def machine(self, databases: "Databases") -> Machine:
        """Describe where a run takes place, without naming the owner."""
        found = self.python(self.variables(), "-c", VERSIONS, *PACKAGES)
        versions = dict(zip(("Python", *PACKAGES), found.split(), strict=True))
        cpuinfo = Path("/proc/cpuinfo").read_text(errors="replace")
        model = re.search(r"^model name\s*: (.+)$", cpuinfo, re.MULTILINE)
        return Machine(
            processors=len(os.sched_getaffinity(0)),
            model=model[1] if model else platform.machine(),
            kernel=f"{platform.system()} {platform.release()}",
            versions=versions | databases.versions(),
        )


@contextmanager
def deployed(project: Project) -> Iterator[Deployment]:
    """Ship a project beside itself, with its PostgreSQL and Redis-protocol server."""
    with subprocess.Popen(
        [_python(project.folder), "-c", START_SERVERS],
        cwd=project.folder,
        env=project.variables({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C is for this program; at the end of the block the input ends.
        start_new_session=True,
    ) as servers:
        line = servers.stdout.readline() if servers.stdout else ""
        # An error here means that they did not start; their own reason stands above.
        database_url, redis_url = line.split()
        folder = ship(project.folder, project.folder.parent / "shipped")
        install(project, folder)
        password = f"{secrets.token_urlsafe(16)}-Aa1"
        yield Deployment(folder, database_url, redis_url, password)


def ship(project: Path, folder: Path) -> Path:
    """Copy what the image holds, over what was copied before, and raise its rates."""
    left_out = shutil.ignore_patterns("tests", "__pycache__")
    folder.mkdir(exist_ok=True)
    for name in SHIPPED:
        if (project / name).is_dir():
            target = folder / name
            shutil.copytree(project / name, target, ignore=left_out, dirs_exist_ok=True)
        else:
            shutil.copy2(project / name, folder / name)
    raised = 0
    for path in [*folder.glob("apps/**/*.py"), *folder.glob("config/*")]:
        if path.is_file():
            text, count = RATE.subn(ENDLESS, path.read_text("utf-8"))
            raised += count
            if count:
                path.write_text(text, "utf-8")
    if not raised:
        message = "The project holds no throttle rate that could be raised."
        raise LookupError(message)
    return folder


def install(project: Project, folder: Path) -> None:
    """Install the packages of the image beside a shipped project.

    Some libraries load others where they are installed: with those of development a
    worker would be larger than in production.
    """
    own = {"UV_PROJECT_ENVIRONMENT": str(folder / ".venv")}
    command = ["uv", "sync", "--quiet", "--frozen", "--no-dev"]
    run(command, project.folder, project.variables(own))


def commands(project: Project) -> dict[str, list[float]]:
    """Time what people wait for."""
    with serving(project) as server:
        first = server.start_seconds
    return {
        "uv run poe serve, the first time": [first],
        "uv run poe check, empty caches": [check_without_caches(project)],
        "uv run poe check, again": [poe(project, "check")],
        "uv run poe test": [poe(project, "test")],
    }


def check_without_caches(project: Project) -> float:
    """Time the gate without what earlier runs left."""
    for name in CACHES:
        shutil.rmtree(project.folder / name, ignore_errors=True)
    return poe(project, "check")


def poe(project: Project, *task: str) -> float:
    """Time a task of the project."""
    command = ["uv", "run", "poe", *task]
    return timed(command, project.folder, project.variables({}))


def timed(command: list[str], folder: Path, variables: "Mapping[str, str]") -> float:
    """Time a command that must succeed."""
    started = time.perf_counter()
    run(command, folder, variables)
    return time.perf_counter() - started


def image_megabytes(project: Project) -> float | None:
    """Build the production image as `poe stack` does, and ask for its size in MB."""
    if not engine_answers():
        return None
    name = f"benchmark-{secrets.token_hex(4)}"
    variables = project.variables({"IMAGE_NAME": name})
    image = f"{name}-app:latest"
    poe(project, "stack-env")
    compose = ["docker", "compose", "--env-file", ".env.stack"]
    inspect = ["docker", "image", "inspect", "--format={{.Size}}", image]
    try:
        run([*compose, "build", "app"], project.folder, variables)
        size = run(inspect, project.folder, variables).split()[-1]
    finally:
        remove = ["docker", "image", "rm", "--force", image]
        subprocess.run(remove, check=False, capture_output=True, timeout=SECONDS)
    return int(size) / 1_000_000


def vacuum(url: str) -> None:
    """Do at once what PostgreSQL would do in the background, amid the measurements."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def revision() -> str:
    """Name the commit of this repository, and whether files differ from it."""
    commit = git(ROOT, "rev-parse", "--short", "HEAD").strip()
    return f"{commit} + changes" if git(ROOT, "status", "--porcelain") else commit


def _python(folder: Path) -> str:
    """Name the interpreter of a project."""
    return str(folder / ".venv" / "bin" / "python")
