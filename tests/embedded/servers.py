"""Looking at the embedded servers of a folder from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import psycopg

from tests.embedded.user import TEMPLATE, environment

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS: Final = 15.0
# The users themselves name the folder too.
USER: Final = "acquire(Path("
POSTGRES: Final = "bin/postgres"


def eventually(
    condition: "Callable[[], bool]", *, seconds: float = PATIENCE_SECONDS
) -> bool:
    """Wait for a condition.

    Args:
        condition: What to wait for.
        seconds: How long to wait at most.

    Returns:
        Whether it became true in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the package's command line.

    Args:
        folder: The folder of the servers.
        *arguments: The command and its options.

    Returns:
        The finished command with what it said.
    """
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "django_strict.embedded",
            "--folder",
            folder,
            *arguments,
        ],
        cwd=TEMPLATE,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run a statement and commit it.

    Args:
        url: URL of the database.
        statement: The statement.

    Returns:
        The rows, if it returns any.
    """
    with psycopg.connect(url, connect_timeout=5) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def valkey(url: str, *words: str, known: str | None = None) -> str:
    """Send a command to Valkey.

    Args:
        url: URL of the server.
        *words: The command.
        known: The password to log in with instead of the URL's.

    Returns:
        The first line of the answer to the last thing sent.
    """
    parts = urlsplit(url)
    word = parts.password if known is None else known
    with socket.create_connection(
        (parts.hostname or "", parts.port or 0), timeout=5
    ) as connection:
        connection.sendall(f"AUTH {word}\r\n{' '.join(words)}\r\n".encode())
        with connection.makefile("r", encoding="utf-8") as answers:
            answers.readline()
            return answers.readline().strip()


def answers(database_url: str, redis_url: str) -> bool:
    """Tell whether both servers answer.

    Args:
        database_url: URL of the database.
        redis_url: URL of the Valkey server.

    Returns:
        Whether both do.
    """
    with suppress(psycopg.OperationalError, OSError):
        alive = query(database_url, "SELECT 1") == [(1,)]
        return alive and valkey(redis_url, "PING") == "+PONG"
    return False


def processes(folder: Path) -> dict[int, str]:
    """List the background processes of a folder.

    Args:
        folder: The folder of the servers.

    Returns:
        The command lines by process id; PostgreSQL's children are not among them,
        not even in the moment before they rename themselves.
    """
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            raw = (entry / "cmdline").read_bytes()
            line = os.fsdecode(raw.replace(b"\0", b" "))
            if str(folder) in line and USER not in line and not is_twin(entry, line):
                found[int(entry.name)] = line
    return found


def is_twin(process: Path, line: str) -> bool:
    """Tell whether a process is a child of PostgreSQL that has no name yet.

    Args:
        process: The process's folder in /proc.
        line: Its command line.

    Returns:
        Whether its parent is a PostgreSQL as well.
    """
    if POSTGRES not in line:
        return False
    status = (process / "stat").read_text(encoding="utf-8", errors="replace")
    parent = status.rpartition(")")[2].split()[1]
    return POSTGRES.encode() in (process.parent / parent / "cmdline").read_bytes()


def find(folder: Path, what: str) -> list[int]:
    """Find background processes of a folder.

    Args:
        folder: The folder of the servers.
        what: What their command lines must hold.

    Returns:
        Their process ids.
    """
    return [pid for pid, line in processes(folder).items() if what in line]


def kill(*pids: int) -> None:
    """Kill processes at once.

    Args:
        *pids: Their process ids.
    """
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def keeper(folder: Path) -> int:
    """Find the keeper.

    Args:
        folder: The folder of the servers.

    Returns:
        Its process id.
    """
    return int((folder / "keeper.pid").read_text(encoding="utf-8"))


def listening_addresses(port: int) -> set[str]:
    """List the addresses on which someone listens on a port.

    Args:
        port: The port.

    Returns:
        The addresses as the kernel spells them, in hexadecimal.
    """
    found: set[str] = set()
    for table in ("tcp", "tcp6"):
        lines = Path("/proc/net", table).read_text(encoding="utf-8").splitlines()
        for line in lines[1:]:
            address, _, number = line.split()[1].partition(":")
            is_listening = line.split()[3] == "0A"
            if is_listening and int(number, 16) == port:
                found.add(address)
    return found
