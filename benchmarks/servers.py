"""Installing a project and starting the servers it needs."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from benchmarks.groups import output
from benchmarks.place import Place
from benchmarks.shipping import equip, ship
from tests.helpers.project import Project

if TYPE_CHECKING:
    from pathlib import Path

STOP_SECONDS: Final = 90
# Prints the addresses and holds the servers until its input ends.
HOLD: Final = """
import sys
from pathlib import Path
from django_strict.embedded import acquire
addresses = acquire(Path(".embedded"))
print(addresses.database_url, addresses.redis_url, flush=True)
sys.stdin.read()
"""


@contextmanager
def installed(folder: "Path") -> Iterator[Project]:
    """Lock, commit and install a rendered project, as its first user would.

    Args:
        folder: Its folder.

    Yields:
        The project. Its servers are stopped when the block ends: they would end by
        themselves, but a moment after their folder is deleted.
    """
    project = Project(folder, folder / ".venv").commit()
    variables = project.variables({})
    output(["uv", "sync", "--quiet"], folder, variables)
    try:
        yield project
    finally:
        # What does not stop must not take a finished run with it.
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [_python(folder), "-m", "django_strict.embedded", "stop", "--force"],
                cwd=folder,
                env=variables,
                check=False,
                capture_output=True,
                timeout=STOP_SECONDS,
            )


@contextmanager
def servers(project: Project) -> Iterator[Place]:
    """Run the project's PostgreSQL and Redis-protocol server until the block ends.

    Args:
        project: The project.

    Raises:
        RuntimeError: If the servers do not start.

    Yields:
        The project with its servers.
    """
    holder = subprocess.Popen(
        [_python(project.folder), "-c", HOLD],
        cwd=project.folder,
        env=project.variables({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C is for this program, which then stops the servers in order.
        start_new_session=True,
    )
    try:
        line = holder.stdout.readline() if holder.stdout else ""
        if not line:
            message = "The project's servers did not start; the reason stands above."
            raise RuntimeError(message)
        database_url, redis_url = line.split()
        password = f"{secrets.token_urlsafe(16)}-Aa1"
        folder = ship(project.folder, project.folder.parent / "shipped")
        equip(project, folder)
        yield Place(folder, project.folder, database_url, redis_url, password)
    finally:
        _release(holder)


def _release(holder: "subprocess.Popen[str]") -> None:
    """Let the servers go, whether or not their holder does as it is told.

    Args:
        holder: Its process.
    """
    try:
        # Its input ends.
        holder.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(holder.pid, signal.SIGKILL)
        holder.communicate()


def _python(folder: "Path") -> str:
    """Name a project's interpreter.

    Args:
        folder: The project.

    Returns:
        Its path.
    """
    return str(folder / ".venv" / "bin" / "python")
