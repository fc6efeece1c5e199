"""The command refuses what cannot work before it takes its time, and stops in order."""

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
from benchmarks.__main__ import stop_in_order
stop_in_order()
try:
    print("ready", flush=True)
    input()
finally:
    # Signals come a second time, as they do when uv passes on what it received.
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    print("cleaned up", flush=True)
"""


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, tmp_path: "Path") -> pytest.MonkeyPatch:
    """Provide wrk, and fail the test if anything is measured."""

    def begin(*arguments: object, **options: object) -> NoReturn:
        """Fail: nothing may be measured."""
        pytest.fail("The benchmark began.")

    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "wrk").touch(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr("benchmarks.__main__.run", begin)
    return monkeypatch


def test_the_help_names_every_option() -> None:
    """Nobody has to read the code."""
    done = command("--help")
    assert done.returncode == 0
    for option in ("--seconds", "--rounds", "--growth", "--output"):
        assert option in done.stdout


@pytest.mark.parametrize("value", ["0", "-1"])
def test_an_impossible_number_is_refused(value: str) -> None:
    """The sentence says what is allowed."""
    # Should it ever be accepted, the missing folder ends the command.
    done = command(f"--rounds={value}", "--output=missing")
    assert done.returncode == 2
    assert "must be 1 or more" in done.stderr


def test_a_missing_load_generator_is_named(
    refused: pytest.MonkeyPatch, tmp_path: "Path", capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence says how to get it."""
    refused.setenv("PATH", str(tmp_path))
    refused.setattr("sys.argv", ["benchmark"])
    assert main() == 1
    assert "apt install wrk" in capsys.readouterr().err


def test_a_missing_folder_is_noticed_before_anything_is_measured(
    refused: pytest.MonkeyPatch, tmp_path: "Path", capsys: pytest.CaptureFixture[str]
) -> None:
    """A quarter of an hour is not lost."""
    refused.setattr("sys.argv", ["benchmark", "--output", str(tmp_path / "missing")])
    assert main() == 1
    assert "is no folder that can be written to" in capsys.readouterr().err


def test_a_record_with_growth_is_not_overwritten_by_a_shorter_run(
    refused: pytest.MonkeyPatch, tmp_path: "Path", capsys: pytest.CaptureFixture[str]
) -> None:
    """What took the longest is not lost by a forgotten option."""
    (tmp_path / "performance.json").write_text(record().text())
    refused.setattr("sys.argv", ["benchmark", "--output", str(tmp_path)])
    assert main() == 1
    assert "add --growth, or name another folder" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_order(number: signal.Signals) -> None:
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
