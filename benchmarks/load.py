"""Requests, and the load generator (wrk) that repeats them."""

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.record import CLIENTS

# Seconds that wrk waits for an answer.
TIMEOUT: Final = 30
# Lua; wrk runs `done` last of all. Times are microseconds.
SCRIPT: Final = """
local worker
function setup(thread) worker = thread end
function init() wrong = 0 end
function response(status) if status ~= %d then wrong = wrong + 1 end end
function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests": %%d, "duration": %%d, "p50": %%d, "p99": %%d, "wrong": %%d,' ..
    ' "unanswered": %%d, "broken": %%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    worker:get("wrong"), errors.connect + errors.timeout, errors.read + errors.write))
end
"""


class LoadError(RuntimeError):
    """A run of the load generator that measured something else than it should."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is repeated, and the status that it must be answered with."""

    path: str
    status: int = 200
    # To be posted; empty for a GET.
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    # Whether the server may close the connection before it has read the body.
    refused: bool = False
    # How many send it at the same time.
    clients: int = CLIENTS


@dataclass(frozen=True, slots=True)
class Result:
    """Requests per second, milliseconds until 50 % and 99 % were answered, answers."""

    rate: float
    p50: float
    p99: float
    requests: int


def repeat(request: Request, port: int, seconds: int) -> Result:
    """Send a request again and again from all its clients."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "request.lua"
        path.write_text(script(request), encoding="utf-8")
        options = [f"-c{request.clients}", f"-d{seconds}s", f"--timeout={TIMEOUT}s"]
        url = f"http://127.0.0.1:{port}{request.path}"
        done = subprocess.run(
            ["wrk", "-t1", *options, "-s", str(path), url],
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds + 2 * TIMEOUT,
        )
    return parse(done.stdout, request)


def script(request: Request) -> str:
    """Write a request in wrk's language."""
    lines = [
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}"
        for name, value in request.headers.items()
    ]
    if request.body:
        lines += ['wrk.method = "POST"', f"wrk.body = {json.dumps(request.body)}"]
    return "\n".join(lines) + SCRIPT % request.status


def parse(output: str, request: Request) -> Result:
    """Read the line of the script at the end of what wrk printed.

    A rate is refused if an answer had another status than the request expects, clients were
    left without one, or there was none at all: it must not be compared.
    """
    found = json.loads(output.splitlines()[-1])
    problem = ""
    if found["wrong"]:
        problem = f"{found['wrong']} answers are not {request.status}"
    elif found["unanswered"] or (found["broken"] and not request.refused):
        problem = f"clients were left without an answer ({found})"
    elif not found["requests"]:
        problem = "nothing was answered in time, take longer"
    if problem:
        message = f"{request.path}: {problem}."
        raise LoadError(message)
    return Result(
        rate=found["requests"] / found["duration"] * 1_000_000,
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        requests=found["requests"],
    )
