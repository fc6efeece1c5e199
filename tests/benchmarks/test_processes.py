"""Servers are started, measured and stopped, whatever happens."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import kernel
from benchmarks.processes import running
from tests.helpers.serving import ask

if TYPE_CHECKING:
    from tests.helpers.serving import Answer

# Listens where it is told and answers everything with the status it is given; a child
# stands for a worker, a file for what both know of each other.
SERVER = """
import http.server, os, sys, time
status, bound = int(sys.argv[1]), sys.argv[3]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
print("listening as", os.getpid(), flush=True)
open("pid", "w").write(str(os.getpid()))
host, port = bound.split(":")
http.server.HTTPServer((host, int(port)), Handler).serve_forever()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a server.

    Args:
        tmp_path: An empty folder.

    Returns:
        The folder.
    """
    (tmp_path / "server.py").write_text(SERVER)
    return tmp_path


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    """Start a process that waits for its input.

    Yields:
        The process.
    """
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield process


def command(status: int) -> list[str]:
    """Write the command of the server.

    Args:
        status: What it answers.

    Returns:
        The command.
    """
    return [sys.executable, "server.py", str(status)]


def is_gone(folder: Path) -> bool:
    """Tell whether the server has ended.

    Args:
        folder: Where it left its process id.

    Returns:
        Whether there is no such process any more.
    """
    return not Path("/proc", (folder / "pid").read_text()).exists()


def test_a_server_runs_until_the_block_ends(folder: Path) -> None:
    """It answers inside, and is gone afterwards."""
    with running(command(200), folder, os.environ, "/") as server:
        assert str(server.pid) == (folder / "pid").read_text()
        assert server.cold_start > 0
        assert not is_gone(folder)
    assert is_gone(folder)


def test_an_interrupted_block_stops_the_server(folder: Path) -> None:
    """Ctrl-C leaves nothing running and no log behind."""
    with (
        pytest.raises(KeyboardInterrupt),
        running(command(200), folder, os.environ, "/"),
    ):
        raise KeyboardInterrupt
    assert is_gone(folder)
    assert not list(folder.glob("*.log"))


def test_a_server_that_ends_at_once_is_reported_with_its_words(folder: Path) -> None:
    """Its last words say what is wrong."""
    wrong = [sys.executable, "-c", "import sys; sys.exit('no such database')"]
    with (
        pytest.raises(TimeoutError, match="A server ended") as raised,
        running(wrong, folder, os.environ, "/"),
    ):
        pytest.fail("A server that ended was taken for a running one.")
    assert "no such database" in raised.value.__notes__[0]


def test_only_a_200_ends_the_cold_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers 503 has not started."""
    answers: list[int] = []

    def seen(port: int, path: str) -> "Answer":
        """Write down each status."""
        answer = ask(port, path)
        answers.append(answer.status)
        # It has answered, however slowly it started: patience ends now.
        monkeypatch.setattr("benchmarks.processes.START_SECONDS", 0.0)
        return answer

    monkeypatch.setattr("benchmarks.processes.ask", seen)
    with (
        pytest.raises(TimeoutError, match="has no 200 for /"),
        running(command(503), folder, os.environ, "/"),
    ):
        pytest.fail("A 503 was taken for an answer.")
    assert set(answers) == {503}
    assert is_gone(folder)


def test_memory_is_read_from_the_kernel(
    sleeper: "subprocess.Popen[bytes]",
) -> None:
    """What is shared makes the proportional set the smaller one."""
    found = kernel.memory(sleeper.pid)
    assert 0 < found.pss <= found.rss < 1000


def test_children_are_listed(sleeper: "subprocess.Popen[bytes]") -> None:
    """Workers are children of the main process."""
    assert sleeper.pid in kernel.children(os.getpid())


def test_computing_of_ended_children_is_counted() -> None:
    """PostgreSQL's connections end with their processor time, which is not lost."""
    busy = "import os\nwhile sum(os.times()[:2]) < 0.5: pass"
    before = kernel.family_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", busy], check=True)
    assert kernel.family_seconds(os.getpid()) - before >= 0.4
