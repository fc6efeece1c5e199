"""The command's manners."""

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from benchmarks.__main__ import main
from tests.benchmarks.records import record
from tests.helpers.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SERVES = """
import os, signal
from benchmarks.interrupts import end_in_order
end_in_order(600)
try:
    print("ready", flush=True)
    input()
finally:
    # Signals come a second time, as they do when uv passes on what it received.
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    print("cleaned up", flush=True)
"""


STUCK = """
import signal
from benchmarks import interrupts
interrupts.end_in_order(600)
# The alarm of the stopping rings at once.
interrupts.STOP_SECONDS = 1
try:
    try:
        signal.raise_signal(signal.SIGTERM)
    finally:
        while True:
            signal.pause()
finally:
    print("the next step had its turn", flush=True)
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command.

    Args:
        *arguments: Its arguments.

    Returns:
        What came of it.
    """
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def refuse(*arguments: object) -> NoReturn:
    """Stand in for a run that must not begin.

    Args:
        *arguments: What it would be told.
    """
    pytest.fail("The benchmark began.")


def test_the_help_names_every_option() -> None:
    """Nobody has to read the code."""
    done = run("--help")
    assert done.returncode == 0
    for option in ("--seconds", "--rounds", "--growth", "--output"):
        assert option in done.stdout


@pytest.mark.parametrize("option", ["--seconds", "--rounds"])
@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_an_impossible_number_is_refused(option: str, value: str) -> None:
    """The sentence says what is allowed."""
    # Should it ever be accepted, the missing folder ends the command.
    done = run(f"{option}={value}", "--output=missing")
    assert done.returncode == 2
    assert "must be a whole number, 1 or more" in done.stderr


def test_a_missing_load_generator_is_named(
    tmp_path: "Path",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The sentence says how to get it, and nothing begins."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["benchmark"])
    monkeypatch.setattr("benchmarks.__main__.run", refuse)
    assert main() == 1
    assert "apt install wrk" in capsys.readouterr().err


def test_a_missing_folder_is_noticed_before_anything_is_measured(
    tmp_path: "Path",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A quarter of an hour is not spent in vain."""
    fake = tmp_path / "wrk"
    fake.write_text("")
    fake.chmod(0o755)
    missing = tmp_path / "missing"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["benchmark", "--output", str(missing)])
    monkeypatch.setattr("benchmarks.__main__.run", refuse)
    assert main() == 1
    assert f"{missing} is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGALRM, signal.SIGINT])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    """Blocks are left, so that servers stop and folders are deleted."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVES],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert output == "cleaned up\n"
    assert "stopping the servers" in errors
    assert process.returncode == 1


def test_a_step_of_the_stopping_that_hangs_is_left() -> None:
    """A second alarm ends it, and the steps behind it are taken."""
    done = subprocess.run(
        [sys.executable, "-c", STUCK],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "the next step had its turn\n"
    assert "A step of the stopping does not end" in done.stderr
    assert done.returncode == 1


def test_a_record_with_growth_is_not_overwritten_by_a_shorter_run(
    tmp_path: "Path",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What took the longest is not lost by a forgotten option."""
    (tmp_path / "performance.json").write_text(record().text())
    monkeypatch.setattr("sys.argv", ["benchmark", "--output", str(tmp_path)])
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/wrk")
    monkeypatch.setattr("benchmarks.__main__.run", refuse)
    assert main() == 1
    assert "add --growth, or name another folder" in capsys.readouterr().err


def test_a_folder_that_takes_no_files_is_noticed_before_anything_is_measured(
    tmp_path: "Path",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The sentence holds the system's own reason."""

    def full(**options: object) -> NoReturn:
        """Fail as a full disk does."""
        raise OSError(f"No space in {options['dir']}")  # noqa: EM102

    monkeypatch.setattr("sys.argv", ["benchmark", "--output", str(tmp_path)])
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/wrk")
    monkeypatch.setattr("tempfile.TemporaryFile", full)
    monkeypatch.setattr("benchmarks.__main__.run", refuse)
    assert main() == 1
    assert f"cannot be written to (No space in {tmp_path})" in capsys.readouterr().err
