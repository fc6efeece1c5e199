"""Commands end with everything they started."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.groups import CommandError, output
from tests.helpers.repository import ROOT

RUN = """
import sys
from benchmarks.groups import output
from benchmarks.interrupts import end_in_order
end_in_order(600)
output([sys.executable, "-c", *sys.argv[1:]])
"""
# Starts a child that would sleep for an hour, says which, and has the run told to end.
COMMAND = """
import os, pathlib, signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
os.kill(os.getppid(), signal.SIGTERM)
child.wait()
"""


def has_ended(pid: str) -> bool:
    """Tell whether a process has ended.

    Args:
        pid: Its id.

    Returns:
        Whether it is gone, or only waits to be counted by its parent.
    """
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def test_what_a_command_prints_is_returned() -> None:
    """Errors stand among it."""
    script = "import sys; print('out', flush=True); print('error', file=sys.stderr)"
    assert output([sys.executable, "-c", script]) == "out\nerror\n"


def test_a_command_that_fails_is_reported_with_its_words() -> None:
    """Its time would say nothing."""
    with pytest.raises(CommandError, match="no such thing"):
        output([sys.executable, "-c", "import sys; sys.exit('no such thing')"])


def test_an_interrupted_command_leaves_no_grandchild(tmp_path: Path) -> None:
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
    assert "Told to end" in done.stderr
    # The kernel takes a moment; a grandchild that stays fails by the test's timeout.
    while not has_ended(note.read_text()):
        time.sleep(0.01)
