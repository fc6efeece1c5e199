"""The server in front of the project, as production starts it."""

import json
import multiprocessing
import runpy
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from ipaddress import IPv4Address
from secrets import token_hex
from typing import Any

import pytest

from config.worker import limits_of
from tests.environments import ROOT, local, run

PATIENCE = 20  # seconds
HEALTH = "/api/health/"
LIVE = "/api/health/live/"
UNKNOWN = "/unknown/"
COMMAND = ("-m", "gunicorn", "config.asgi:application", "-c", "config/gunicorn.conf.py")


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    """Return what the configuration file sets."""
    return runpy.run_path(str(ROOT / "config" / "gunicorn.conf.py"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bind", f"{IPv4Address(0)}:8000"),
        ("accesslog", "-"),
        ("errorlog", "-"),
        ("loglevel", "info"),
        ("timeout", 120),
        ("graceful_timeout", 30),
        ("keepalive", 5),
        ("limit_request_line", 8190),
        ("limit_request_fields", 100),
        ("control_socket_disable", True),
    ],
)
def test_value_is_the_references(
    name: str, value: object, configuration: dict[str, Any]
) -> None:
    """Each value is the one that the project's rules demand."""
    assert configuration[name] == value


@pytest.mark.parametrize("number", [8190, 0])
def test_zero_is_no_limit_as_gunicorn_says(number: int) -> None:
    """What the protocol is told means what it means to gunicorn."""
    limits = limits_of(number, number, 30)
    assert {limits.line, limits.fields} == {number or sys.maxsize}


def test_what_comes_in_at_a_stop_leaves_time_for_its_answer() -> None:
    """A worker is killed after its graceful timeout."""
    graceful_timeout = 30
    assert limits_of(0, 0, graceful_timeout).seconds < graceful_timeout


def test_workers_follow_the_processors(
    configuration: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two per processor and one, unless a variable says otherwise."""
    assert configuration["workers"] == multiprocessing.cpu_count() * 2 + 1
    monkeypatch.setenv("WEB_CONCURRENCY", "1")
    path = str(ROOT / "config" / "gunicorn.conf.py")
    assert runpy.run_path(path)["workers"] == 1


def test_wrong_environment_stops_the_start() -> None:
    """The sentences come once, not once per worker."""
    short = token_hex(8)
    result = run(*COMMAND, environment={"DJANGO_SECRET_KEY": short})
    assert result.returncode == 1
    assert result.stderr.count("- DJANGO_SECRET_KEY ") == 1
    assert "Traceback" not in result.stderr
    assert short not in result.stderr


@dataclass(frozen=True)
class Served:
    """What came of serving the project for a moment."""

    answers: dict[str, tuple[int, dict[str, str], bytes]]
    exit_code: int
    lines: list[dict[str, Any]]


def ask(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    """Send a request with an id of its own and return status, headers and body."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as client:
        client.request("GET", path, headers={"X-Request-ID": f"asked-for{len(path)}"})
        answer = client.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read()


def wait_until_served(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the server accepts connections."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            ask(port, LIVE)
            return
        time.sleep(0.02)
    pytest.fail("gunicorn does not serve the project.")


@pytest.fixture(scope="module")
def served(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Start the server as production does, ask it something, and stop it."""
    del django_db_setup
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, *COMMAND, "--bind", f"127.0.0.1:{port}"],
            cwd=ROOT,
            env=local(WEB_CONCURRENCY="1"),
            stdout=stream,
            stderr=stream,
        )
    try:
        wait_until_served(process, port)
        answers = {path: ask(port, path) for path in (HEALTH, LIVE, UNKNOWN)}
        process.terminate()
        exit_code = process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return Served(answers, exit_code, lines)


@pytest.mark.integration
def test_served_project_is_healthy(served: Served) -> None:
    """The worker of uvicorn and the settings fit together."""
    status, headers, body = served.answers[HEALTH]
    assert status == HTTPStatus.OK, body
    assert json.loads(body)["status"] == "healthy"
    assert headers["x-request-id"] == f"asked-for{len(HEALTH)}"
    assert "server" not in headers


@pytest.mark.integration
def test_served_error_is_json(served: Served) -> None:
    """The server adds nothing to the API's own errors."""
    status, headers, body = served.answers[UNKNOWN]
    assert status == HTTPStatus.NOT_FOUND
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["errors"][0]["code"] == "not_found"


@pytest.mark.integration
@pytest.mark.parametrize("logger", ["gunicorn.error", "uvicorn.error", "apps"])
def test_every_line_of_the_server_is_json(logger: str, served: Served) -> None:
    """gunicorn, uvicorn and the project write into one stream, in one shape."""
    keys = {"level", "logger", "message", "request_id", "timestamp"}
    assert all(keys <= set(line) for line in served.lines)
    assert any(line["logger"].startswith(logger) for line in served.lines)


@pytest.mark.integration
def test_served_request_has_one_access_line_with_its_id(served: Served) -> None:
    """Neither server repeats the line that the project writes."""
    lines = [line for line in served.lines if UNKNOWN in line["message"]]
    ids = {line["request_id"] for line in lines}
    assert ids == {f"asked-for{len(UNKNOWN)}"}
    access = [line["logger"] for line in lines if line["level"] == "INFO"]
    assert access == ["apps.core.middleware"]


@pytest.mark.integration
def test_server_stops_when_told(served: Served) -> None:
    """SIGTERM ends it without an error."""
    assert served.exit_code == 0
