"""What wrk is told, and what it prints."""

import os
from typing import TYPE_CHECKING

import pytest

from benchmarks.load import LoadError, Request, parse, repeat, script

if TYPE_CHECKING:
    from pathlib import Path

OUTPUT = """Running 2s test @ http://127.0.0.1:8000/users/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    21.34ms    3.70ms  61.18ms   99.99%
    Req/Sec   752.20     80.91     0.87k    84.50%
  Latency Distribution
     50%  950.00us
     75%   22.62ms
     90%   24.72ms
     99%    1.20s
  1502 requests in 2.00s, 4.16MB read
Requests/sec:    749.55
Transfer/sec:      2.07MB
"""
LIST = Request("/users/")


def test_rate_latencies_and_count_are_read() -> None:
    """Times are milliseconds, whatever unit wrk chose."""
    found = parse(OUTPUT, LIST)
    assert found.rate == 749.55
    assert found.p50 == pytest.approx(0.95)
    assert found.p99 == pytest.approx(1200)
    assert found.requests == 1502


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("200.00us", 0.2), ("21.50ms", 21.5), ("1.20s", 1200), ("1.50m", 90_000)],
)
def test_times_are_read_in_every_unit(text: str, milliseconds: float) -> None:
    """An answer that took a minute counts as one."""
    found = parse(OUTPUT.replace("1.20s", text), LIST)
    assert found.p99 == pytest.approx(milliseconds)


def test_answers_of_another_status_are_no_result() -> None:
    """A server that refuses everything is not fast."""
    with pytest.raises(LoadError, match=r"12 answers of /users/ are not 200"):
        parse(f"{OUTPUT}wrong 12\n", LIST)


def test_clients_without_an_answer_are_no_result() -> None:
    """A server that drops connections is not fast."""
    errors = "  Socket errors: connect 0, read 3, write 0, timeout 0\n"
    with pytest.raises(LoadError, match="read 3, write 0"):
        parse(OUTPUT + errors, LIST)


def test_a_refused_body_may_be_cut_off() -> None:
    """The answer was sent and the connection closed: nobody waits in vain."""
    errors = "  Socket errors: connect 0, read 3, write 2, timeout 0\n"
    assert parse(OUTPUT + errors, Request("/", body="x", cut=True)).rate == 749.55


@pytest.mark.parametrize(
    "error",
    ["connect 1, read 0, write 0, timeout 0", "connect 0, read 0, write 0, timeout 1"],
)
def test_a_refusal_must_come(error: str) -> None:
    """Even a client whose body is too large is answered."""
    with pytest.raises(LoadError, match=error):
        parse(f"{OUTPUT}  Socket errors: {error}\n", Request("/", cut=True))


@pytest.mark.parametrize("missing", ["Requests/sec", "99%", "requests in"])
def test_an_output_without_a_value_is_an_error(missing: str) -> None:
    """Another version of wrk may print something else."""
    with pytest.raises(LoadError, match="something unexpected"):
        parse(OUTPUT.replace(missing, "?"), LIST)


def test_a_time_in_an_unknown_unit_is_an_error() -> None:
    """A wrong unit would be a wrong table."""
    with pytest.raises(LoadError, match="unexpected form"):
        parse(OUTPUT.replace("1.20s", "1.20h"), LIST)


def test_no_answer_at_all_is_an_error() -> None:
    """There is no rate to compare; the sentence says what helps."""
    output = OUTPUT.replace("1502 requests in", "0 requests in")
    with pytest.raises(LoadError, match="/users/ was answered in time: take longer"):
        parse(output, LIST)


def test_the_script_sends_what_the_request_says() -> None:
    """Body, headers and expected status reach wrk, quoted as Lua reads them."""
    request = Request("/", 400, '{"email":"x"}', {"Authorization": "Token abc"})
    text = script(request)
    assert 'wrk.headers["Authorization"] = "Token abc"' in text
    assert 'wrk.body = "{\\"email\\":\\"x\\"}"' in text
    assert 'wrk.method = "POST"' in text
    assert "status ~= 400" in text


def test_a_request_without_a_body_is_a_get() -> None:
    """The method of wrk is left alone."""
    assert "wrk.method" not in script(LIST)


def test_clients_length_and_address_reach_wrk(
    tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load is the one that the page describes."""
    (tmp_path / "output").write_text(OUTPUT)
    fake = tmp_path / "wrk"
    fake.write_text('#!/bin/sh\necho "$@" > "$0.told"\ncat "${0%/*}/output"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert repeat(Request("/token/", clients=8), 8123, 4).rate == 749.55
    told = (tmp_path / "wrk.told").read_text().split()
    assert {"-c8", "-d4s", "http://127.0.0.1:8123/token/"} <= set(told)
