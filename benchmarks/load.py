"""Requests, and the load generator that repeats them."""

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

CLIENTS: Final = 16
UNITS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is repeated.

    Attributes:
        path: Path with its leading slash.
        status: Status that it must be answered with.
        body: Text to post; empty for a GET.
        headers: Headers to send.
    """

    path: str
    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of the load generator found.

    Attributes:
        rate: Requests per second.
        p99: Milliseconds within which 99 % of the answers came.
        requests: Number of answers.
    """

    rate: float
    p99: float
    requests: int


def repeat(request: Request, port: int, seconds: int) -> Result:
    """Send a request again and again from sixteen clients.

    Args:
        request: The request.
        port: Port of the server.
        seconds: For how long.

    Returns:
        What came of it.

    Raises:
        RuntimeError: If an answer had another status than the request expects.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "request.lua"
        script.write_text(_script(request), encoding="utf-8")
        url = f"http://127.0.0.1:{port}{request.path}"
        options = ["-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout=30s", "--latency"]
        output = subprocess.run(
            ["wrk", *options, "-s", str(script), url],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    if wrong := re.search(r"^wrong (\d+)$", output, re.M):
        message = f"{wrong[1]} answers of {request.path} are not {request.status}."
        raise RuntimeError(message)
    return Result(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", output)),
        p99=_milliseconds(_found(r"99%\s+(\S+)", output)),
        requests=int(_found(r"(\d+) requests in", output)),
    )


def _found(pattern: str, output: str) -> str:
    """Find a value in what wrk printed.

    Args:
        pattern: What to look for; its first group is the value.
        output: The text.

    Returns:
        The value.

    Raises:
        ValueError: If it is not there.
    """
    match = re.search(pattern, output)
    if match is None:
        message = f"wrk printed something unexpected:\n{output}"
        raise ValueError(message)
    return match[1]


def _milliseconds(text: str) -> float:
    """Read a time as wrk writes it.

    Args:
        text: A number with its unit.

    Returns:
        Milliseconds.
    """
    number, unit = re.fullmatch(r"([\d.]+)(\D+)", text).groups()  # type: ignore[union-attr]
    return float(number) * UNITS[unit]


def _script(request: Request) -> str:
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
