"""A profile is taken where the kernel allows it."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import profiling
from benchmarks.load import Request
from benchmarks.names import ASGI, KEPT, PROJECT
from benchmarks.processes import Running
from benchmarks.profiling import profiles

SAMPLED = """
import pathlib, sys
pathlib.Path(sys.argv[1]).write_text("_worker (concurrent/futures/thread.py:89) 4\\n")
"""
HANGS = "import sys; sys.stdin.read()"
REFUSED = "import sys; sys.exit('Permission Denied: try with sudo')"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    """Make contestants that nobody serves, and that are idle.

    Args:
        tmp_path: An empty folder, for their logs.
        monkeypatch: Leaves the load generator out.

    Returns:
        The contestants.
    """
    monkeypatch.setattr(profiling, "repeat", lambda *_: None)
    monkeypatch.setattr(Running, "until_idle", lambda _: None)
    requests = {"list": Request("/users/")}
    return [
        (
            SimpleNamespace(name=name, requests=requests),
            Running(1, 1, 1.0, tmp_path / f"{name}.log"),
        )
        for name in (PROJECT, ASGI, KEPT)
    ]


def sample_with(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let a script stand in for py-spy.

    Args:
        monkeypatch: Puts it in place.
        script: The script; it is told where samples belong.
    """

    def sampler(running: Running, file: Path) -> "subprocess.Popen[str]":
        """Start a script in place of the profiler."""
        return subprocess.Popen(
            [sys.executable, "-c", script, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    monkeypatch.setattr(profiling, "_sampler", sampler)


def test_the_project_and_its_closest_rival_are_sampled(
    served: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The others are left alone, and no file is left behind."""
    sample_with(monkeypatch, SAMPLED)
    found = profiles(served, lambda _: None)
    assert list(found) == [PROJECT, KEPT]
    assert found[PROJECT]["handler and thread hop"] == 1.0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "script", [REFUSED, "pass", HANGS], ids=["refused", "no sample", "hangs"]
)
def test_a_kernel_that_lets_nobody_look_does_not_end_the_run(
    served: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    script: str,
) -> None:
    """There is no profile, and the reason is told."""
    sample_with(monkeypatch, script)
    if script == HANGS:
        monkeypatch.setattr(profiling, "PATIENCE", 0.0)
    told: list[str] = []
    assert profiles(served, told.append) == {}
    assert "no profile, py-spy could not run" in told[-1]
