"""Using and breaking the development servers of a folder."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import redis

from django_strict.servers import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECONDS: Final = 60.0


def command(
    folder: Path,
    *arguments: str,
    prefix: "Sequence[str]" = (),
    check: bool = False,
    **variables: str,
) -> "subprocess.CompletedProcess[str]":
    """Run the command line in a process of its own, as a project does."""
    return subprocess.run(
        spelled(folder, *arguments, prefix=prefix),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=check,
    )


def spelled(
    folder: Path, *arguments: str, prefix: "Sequence[str]" = ()
) -> list[str | Path]:
    """Spell the command line."""
    module = ("-m", "django_strict.servers", *arguments, "--folder")
    return [*prefix, sys.executable, *module, folder]


def started(folder: Path, *, prefix: "Sequence[str]" = (), **variables: str) -> str:
    """Start the servers; return the database's URL."""
    done = command(
        folder, "start", "--show-passwords", prefix=prefix, check=False, **variables
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("DATABASE_URL=")[2].splitlines()[0]


def credentials(folder: Path) -> Credentials:
    """Read ports and passwords."""
    found = Credentials.load(folder)
    assert found is not None
    return found


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run a statement and commit it."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def answers(folder: Path) -> bool:
    """Ask both servers, with the URLs that a project gets."""
    addresses = credentials(folder).addresses()
    with redis.Redis.from_url(addresses.redis_url) as client:
        alive = client.ping()
    return bool(alive) and query(addresses.database_url, "SELECT 1") == [(1,)]


def pids(folder: Path) -> list[int]:
    """Find the main processes of both servers."""
    files = ("postgres/postmaster.pid", "valkey/valkey.pid")
    return [int((folder / file).read_text("utf-8").split()[0]) for file in files]


def kill(*processes: int) -> None:
    """Kill processes, and wait until they have ended."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for process in processes:
        assert eventually(partial(is_over, process))


def is_over(process: int) -> bool:
    """Tell whether a process has ended, even if nobody has reaped it yet."""
    try:
        status = Path(f"/proc/{process}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


def eventually(condition: "Callable[[], bool]") -> bool:
    """Wait for a condition."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
