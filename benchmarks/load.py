"""Requests, and the load generator that repeats them."""

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.names import CLIENTS

# Seconds that wrk waits for an answer, and that it may take longer than it was told.
PATIENCE: Final = 30
UNITS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
ERRORS: Final = re.compile(
    r"Socket errors: connect (?P<connect>\d+), read \d+, write \d+, "
    r"timeout (?P<timeout>\d+)"
)
DURATION: Final = re.compile(r"([\d.]+)(us|ms|s|m)")


class LoadError(RuntimeError):
    """A run of the load generator that measured something else than it should."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is repeated.

    Attributes:
        path: Path with its leading slash.
        status: Status that it must be answered with.
        body: Text to post; empty for a GET.
        headers: Headers to send.
        cut: Whether the server may close the connection before it has read the body.
        clients: How many send it at the same time.
    """

    path: str
    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    clients: int = CLIENTS


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of the load generator found.

    Attributes:
        rate: Requests per second.
        p50: Milliseconds within which half of the answers came.
        p99: Milliseconds within which 99 % of the answers came.
        requests: Number of answers.
    """

    rate: float
    p50: float
    p99: float
    requests: int


def repeat(request: Request, port: int, seconds: int) -> Result:
    """Send a request again and again from all its clients.

    Args:
        request: The request.
        port: Port of the server.
        seconds: For how long.

    Returns:
        What came of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "request.lua"
        path.write_text(script(request), encoding="utf-8")
        url = f"http://127.0.0.1:{port}{request.path}"
        timeout = f"--timeout={PATIENCE}s"
        options = ["-t1", f"-c{request.clients}", f"-d{seconds}s", timeout, "--latency"]
        done = subprocess.run(
            ["wrk", *options, "-s", str(path), url],
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds + 2 * PATIENCE,
        )
    return parse(done.stdout, request)


def parse(output: str, request: Request) -> Result:
    """Read what wrk printed.

    Args:
        output: The text.
        request: What was sent.

    Raises:
        LoadError: If an answer had another status than the request expects, clients
            were left without one, or there was none at all: such rates must not be
            compared.

    Returns:
        What wrk found.
    """
    if wrong := re.search(r"^wrong (\d+)$", output, re.M):
        message = f"{wrong[1]} answers of {request.path} are not {request.status}."
        raise LoadError(message)
    errors = ERRORS.search(output)
    if errors and (not request.cut or int(errors["connect"]) + int(errors["timeout"])):
        message = f"{request.path} left clients without an answer. {errors[0]}"
        raise LoadError(message)
    requests = int(_found(r"(\d+) requests in", output))
    if not requests:
        message = f"No request of {request.path} was answered in time: take longer."
        raise LoadError(message)
    return Result(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", output)),
        p50=_milliseconds(_found(r"^\s+50%\s+(\S+)", output)),
        p99=_milliseconds(_found(r"^\s+99%\s+(\S+)", output)),
        requests=requests,
    )


def _found(pattern: str, output: str) -> str:
    """Find a value in what wrk printed.

    Args:
        pattern: What to look for; its first group is the value.
        output: The text.

    Raises:
        LoadError: If it is not there.

    Returns:
        The value.
    """
    match = re.search(pattern, output, re.M)
    if match is None:
        message = f"wrk printed something unexpected:\n{output}"
        raise LoadError(message)
    return match[1]


def _milliseconds(text: str) -> float:
    """Read a time as wrk writes it.

    Args:
        text: A number with its unit.

    Raises:
        LoadError: If it has another form.

    Returns:
        Milliseconds.
    """
    match = DURATION.fullmatch(text)
    if match is None:
        message = f"wrk printed a time of an unexpected form: {text}"
        raise LoadError(message)
    return float(match[1]) * UNITS[match[2]]


def script(request: Request) -> str:
    """Write a request in wrk's language, Lua.

    Args:
        request: The request.

    Returns:
        The script; it prints how many answers had a wrong status.
    """
    headers = "".join(
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}\n"
        for name, value in request.headers.items()
    )
    body = ""
    if request.body:
        text = json.dumps(request.body)
        # Lua reads strings as JSON writes them, as long as they are ASCII.
        body = f'wrk.method = "POST"\nwrk.body = {text}\n'
    return f"""{headers}{body}
local threads = {{}}
function setup(thread) table.insert(threads, thread) end
function init() bad = 0 end
function response(status)
  if status ~= {request.status} then bad = bad + 1 end
end
function done()
  local total = 0
  for _, thread in ipairs(threads) do total = total + thread:get("bad") end
  if total > 0 then io.write("wrong ", total, "\\n") end
end
"""
