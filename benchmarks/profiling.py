"""Sampling where a worker spends its time, by package (py-spy)."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.load import repeat
from benchmarks.record import PROFILE_RATE, PROFILE_SECONDS

if TYPE_CHECKING:
    from benchmarks.load import Request
    from benchmarks.servers import Server

STANDARD_LIBRARY: Final = "standard library"
# `function (package/module.py:line)`, as py-spy writes a frame.
FRAME: Final = re.compile(r" \(([^/():<>]+?)(?:\.py)?[/:][^()]*\)$")


def profile(server: "Server", request: "Request", folder: Path) -> dict[str, float]:
    """Sample one worker under load."""
    path = folder / "worker.profile"
    path.unlink(missing_ok=True)
    worker = server.process.children()[0].pid
    # `--gil`: only what holds the interpreter's lock, or waiting threads would count as
    # busy. `--nonblocking`: stopping the worker for each sample would change what it does.
    sampling = subprocess.Popen(
        [
            *(str(Path(sys.executable).with_name("py-spy")), "record"),
            *("--pid", str(worker), "--output", str(path), "--format", "raw"),
            *("--duration", str(PROFILE_SECONDS), "--rate", str(PROFILE_RATE)),
            *("--gil", "--nonblocking"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        # The load lasts longer than the sampling, whose start takes a moment.
        repeat(request, server.port, PROFILE_SECONDS + 2)
        sampling.wait(PROFILE_SECONDS)
    except subprocess.TimeoutExpired:
        return {}
    finally:
        sampling.kill()
        sampling.wait()
    return shares(path.read_text("utf-8")) if path.is_file() else {}


def shares(samples: str) -> dict[str, float]:
    """Sum samples up by the package of the innermost frame that has one."""
    seen: Counter[str] = Counter()
    for line in samples.splitlines():
        stack, _, times = line.rpartition(" ")
        tops = (FRAME.search(frame) for frame in reversed(stack.split(";")))
        packages = (
            top[1] for top in tops if top and top[1] not in sys.stdlib_module_names
        )
        seen[next(packages, STANDARD_LIBRARY)] += int(times)
    return {package: times / seen.total() for package, times in seen.most_common()}
