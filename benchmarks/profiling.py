"""Sampling where a worker spends its time while the list is asked."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import kernel
from benchmarks.load import repeat
from benchmarks.names import KEPT, PROJECT
from benchmarks.parts import shares

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.comparing import Served
    from benchmarks.processes import Running

PROFILED: Final = (PROJECT, KEPT)
KIND: Final = "list"
SECONDS: Final = 8
RATE: Final = 250
PATIENCE: Final = 30
# The load lasts longer than the sampling, whose start takes a moment.
MARGIN: Final = 1


def profiles(
    served: "Served", progress: "Callable[[str], None]"
) -> dict[str, dict[str, float]]:
    """Sample the project and its closest rival, one after the other.

    Args:
        served: The contestants.
        progress: Tells how far it is, and why there is no profile.

    Returns:
        Shares of the parts of a request, by contestant; none if the kernel does not let
        py-spy look into other processes.
    """
    found = {}
    for contestant, running in served:
        if contestant.name not in PROFILED:
            continue
        progress(f"profiling: {contestant.name}")
        file = running.log.with_suffix(".profile")
        sampler = _sampler(running, file)
        try:
            request = contestant.requests[KIND]
            repeat(request, running.port, SECONDS + 2 * MARGIN)
            words = _words(sampler)
        finally:
            sampler.kill()
            sampler.wait()
        running.until_idle()
        samples = file.read_text("utf-8") if file.is_file() else ""
        file.unlink(missing_ok=True)
        found[contestant.name] = shares(samples)
        if sampler.returncode or not found[contestant.name]:
            progress(f"no profile, py-spy could not run: {words.strip()[-300:]}")
            return {}
    return found


def _sampler(running: "Running", file: "Path") -> "subprocess.Popen[str]":
    """Start to sample one worker.

    Args:
        running: Its server.
        file: Takes the samples.

    Returns:
        The process of py-spy.
    """
    worker = kernel.children(running.pid)[0]
    options = ["--pid", str(worker), "--output", str(file), "--format", "raw"]
    length = ["--duration", str(SECONDS), "--rate", str(RATE)]
    # Only what holds the interpreter's lock, or waiting threads would count as busy; and
    # without stopping the worker for each sample, which would change what it does.
    manner = ["--gil", "--nonblocking"]
    sampler = str(Path(sys.executable).with_name("py-spy"))
    return subprocess.Popen(
        [sampler, "record", *options, *length, *manner],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _words(sampler: "subprocess.Popen[str]") -> str:
    """Wait for the end of the sampling; one that hangs must not cost the run.

    Args:
        sampler: The process of py-spy.

    Returns:
        What it printed.
    """
    try:
        return sampler.communicate(timeout=PATIENCE)[0]
    except subprocess.TimeoutExpired:
        sampler.kill()
        return sampler.communicate()[0]
