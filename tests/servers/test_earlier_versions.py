"""Folders of versions in which a background process kept the servers."""

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from tests.servers.helpers import answers, command, eventually, query, started

if TYPE_CHECKING:
    from pathlib import Path

# Holds the lock as the keeper did, and ends when it is told to.
KEEPER: Final = """
import fcntl, os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
lock = (folder / "keeper.lock").open("a")
fcntl.flock(lock, fcntl.LOCK_EX)
(folder / "keeper.pid").write_text(f"{os.getpid()}\\n")
time.sleep(100)
"""


def laid_out(folder: "Path") -> None:
    """Add what lay beside data, programs and passwords."""
    for name in ("start", "lease", "keeper"):
        (folder / f"{name}.lock").touch(mode=0o600)
    for name in ("keeper.log", "postgres.log", "valkey.log", "failure.txt"):
        (folder / name).write_text("of yesterday\n", encoding="utf-8")
    (folder / "lock").unlink()
    (folder / "postgres" / "server.log").unlink()
    (folder / "postgres" / "postgresql.auto.conf").write_text("", encoding="utf-8")


def test_data_and_passwords_of_an_earlier_version_are_kept(folder: "Path") -> None:
    """They lie where they lay, under the same names."""
    before = started(folder)
    query(before, "CREATE TABLE kept AS SELECT 42 AS number")
    command(folder, "stop", check=True)
    laid_out(folder)
    assert started(folder) == before
    assert query(before, "TABLE kept") == [(42,)]


def test_its_process_is_stopped_first(folder: "Path") -> None:
    """It would stop the servers with the last process that it knows of."""
    laid_out(folder)
    with subprocess.Popen([sys.executable, "-c", KEEPER, folder]) as keeper:
        assert eventually((folder / "keeper.pid").exists)
        started(folder)
        assert keeper.wait(10) != 0
    assert answers(folder)
