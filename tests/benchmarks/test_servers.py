"""Commands and servers are measured, and nothing that was started is left."""

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from benchmarks.servers import CommandError, family_seconds, run, serve
from tests.helpers.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# Answers everything with the status it is given.
SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[1]))
        self.send_header("Content-Length", "0")
        self.end_headers()
open("pid", "w").write(str(os.getpid()))
host, port = sys.argv[3].split(":")
http.server.HTTPServer((host, int(port)), Handler).serve_forever()
"""
RUN = """
import os, sys
from pathlib import Path
from benchmarks.__main__ import stop_in_order
from benchmarks.servers import run
stop_in_order()
run([sys.executable, "-c", *sys.argv[1:]], Path.cwd(), os.environ)
"""
# Starts a child that would sleep for an hour, says which, and has the run told to end.
COMMAND = """
import os, pathlib, signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
os.kill(os.getppid(), signal.SIGTERM)
child.wait()
"""


def command(status: int) -> list[str]:
    """Write the command of a server that answers everything with a status."""
    return [sys.executable, "-c", SERVER, str(status)]


def has_ended(pid: str) -> bool:
    """Tell whether a process is gone, or only waits to be counted by its parent."""
    try:
        return psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_server_runs_until_the_block_ends(tmp_path: "Path") -> None:
    """It answers inside, and is gone afterwards."""
    with serve(command(200), tmp_path, os.environ, "/") as server:
        assert str(server.process.pid) == (tmp_path / "pid").read_text()
        assert server.start_seconds > 0
    assert has_ended((tmp_path / "pid").read_text())


def test_an_interrupted_block_stops_the_server(tmp_path: "Path") -> None:
    """Ctrl-C leaves nothing running and no log behind."""
    with (
        pytest.raises(KeyboardInterrupt),
        serve(command(200), tmp_path, os.environ, "/"),
    ):
        raise KeyboardInterrupt
    assert has_ended((tmp_path / "pid").read_text())
    assert not list(tmp_path.glob("*.log"))


def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path: "Path") -> None:
    """It says what is wrong."""
    wrong = [sys.executable, "-c", "import sys; sys.exit('no such database')"]
    with (
        pytest.raises(TimeoutError, match=r"A server ended\.[^$]*no such database"),
        serve(wrong, tmp_path, os.environ, "/"),
    ):
        pytest.fail("A server that ended was taken for a running one.")


def test_only_a_200_ends_the_start(
    tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers 503 has not started."""
    monkeypatch.setattr("benchmarks.servers.START_SECONDS", 3)
    with (
        pytest.raises(TimeoutError, match="has no 200 for /"),
        serve(command(503), tmp_path, os.environ, "/"),
    ):
        pytest.fail("A 503 was taken for an answer.")
    assert has_ended((tmp_path / "pid").read_text())


def test_computing_of_ended_children_is_counted() -> None:
    """PostgreSQL's connections end with their processor time, which is not lost."""
    busy = "import os\nwhile sum(os.times()[:2]) < 0.5: pass"
    process = psutil.Process()
    before = family_seconds(process)
    subprocess.run([sys.executable, "-c", busy], check=True)
    assert family_seconds(process) - before >= 0.4


def test_a_command_that_fails_is_reported_with_its_output(tmp_path: "Path") -> None:
    """Its time would say nothing."""
    wrong = [sys.executable, "-c", "import sys; sys.exit('no such thing')"]
    with pytest.raises(CommandError, match="no such thing"):
        run(wrong, tmp_path, os.environ)


def test_an_interrupted_command_leaves_no_grandchild(tmp_path: "Path") -> None:
    """Whatever `uv run poe test` started ends with it."""
    note = tmp_path / "child"
    done = subprocess.run(
        [sys.executable, "-c", RUN, COMMAND, str(note)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "SIGTERM: stopping the servers" in done.stderr
    # The kernel takes a moment; a grandchild that stays fails by the test's timeout.
    while not has_ended(note.read_text()):
        time.sleep(0.01)
