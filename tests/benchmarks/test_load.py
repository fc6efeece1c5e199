"""What wrk is told, and which of its runs are no result."""

import json
import os
from typing import TYPE_CHECKING

import pytest

from benchmarks.load import LoadError, Request, parse, repeat, script

if TYPE_CHECKING:
    from pathlib import Path

FOUND = {
    "requests": 1500,
    "duration": 2_000_000,
    "p50": 950,
    "p99": 1_200_000,
    "wrong": 0,
    "unanswered": 0,
    "broken": 0,
}
LIST = Request("/users/")


def printed(**changes: int) -> str:
    """Write what wrk prints, with the script's line at its end."""
    return f"Requests/sec:    749.55\n{json.dumps(FOUND | changes)}\n"


def test_rate_latencies_and_count_are_read() -> None:
    """Times are milliseconds."""
    found = parse(printed(), LIST)
    assert (found.rate, found.p50, found.p99) == (750.0, 0.95, 1200.0)
    assert found.requests == 1500


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"wrong": 12}, "/users/: 12 answers are not 200"),
        ({"broken": 3}, "clients were left without an answer"),
        ({"unanswered": 1}, "clients were left without an answer"),
        ({"requests": 0}, "nothing was answered in time, take longer"),
    ],
)
def test_a_server_that_does_not_answer_is_not_fast(
    changes: dict[str, int], message: str
) -> None:
    """Such a rate must not be compared."""
    with pytest.raises(LoadError, match=message):
        parse(printed(**changes), LIST)


def test_the_connection_of_a_refused_body_may_break() -> None:
    """The answer was sent before; but it must come."""
    refused = Request("/", body="x", refused=True)
    assert parse(printed(broken=5), refused).rate == 750.0
    with pytest.raises(LoadError):
        parse(printed(unanswered=1), refused)


def test_the_script_sends_what_the_request_says() -> None:
    """Body, headers and expected status reach wrk, quoted as Lua reads them."""
    request = Request("/", 400, '{"email":"x"}', {"Authorization": "Token abc"})
    text = script(request)
    assert 'wrk.headers["Authorization"] = "Token abc"' in text
    assert 'wrk.body = "{\\"email\\":\\"x\\"}"' in text
    assert 'wrk.method = "POST"' in text
    assert "status ~= 400" in text


def test_clients_length_and_address_reach_wrk(
    tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load is the one that the page describes."""
    (tmp_path / "output").write_text(printed())
    fake = tmp_path / "wrk"
    fake.write_text('#!/bin/sh\necho "$@" > "$0.told"\ncat "${0%/*}/output"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert repeat(Request("/token/", clients=8), 8123, 4).rate == 750.0
    told = (tmp_path / "wrk.told").read_text().split()
    assert {"-c8", "-d4s", "http://127.0.0.1:8123/token/"} <= set(told)
