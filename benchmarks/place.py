"""Rendering a project and starting the servers it needs."""

import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from benchmarks.contestants import Place, lift_throttles
from tests.helpers.rendering import render
from tests.helpers.repository import tagged_clone

if TYPE_CHECKING:
    from pathlib import Path

# Prints the addresses and holds the servers until its input ends.
HOLD: Final = """
import sys
from pathlib import Path
from devtools.embedded import acquire
addresses = acquire(Path(".embedded"))
print(addresses.database_url, addresses.redis_url, flush=True)
sys.stdin.read()
"""


def rendered(folder: "Path") -> tuple["Path", float]:
    """Render the working tree's template.

    Args:
        folder: An empty folder.

    Returns:
        The project, and the seconds that `copier copy` took.
    """
    clone = folder / "template"
    clone.mkdir()
    tagged_clone(clone)
    started = time.perf_counter()
    project = render(clone, {}, folder / "project")
    seconds = time.perf_counter() - started
    subprocess.run(["uv", "sync", "--quiet"], cwd=project, check=True)
    lift_throttles(project)
    return project, seconds


@contextmanager
def servers(project: "Path") -> Iterator[Place]:
    """Run the project's PostgreSQL and Redis-protocol server until the block ends.

    Args:
        project: The project.

    Yields:
        The project with its servers.
    """
    holder = subprocess.Popen(
        [project / ".venv" / "bin" / "python", "-c", HOLD],
        cwd=project,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = holder.stdout.readline() if holder.stdout else ""
        database_url, redis_url = line.split()
        yield Place(
            project, database_url, redis_url, f"{secrets.token_urlsafe(16)}-Aa1"
        )
    finally:
        holder.communicate()
