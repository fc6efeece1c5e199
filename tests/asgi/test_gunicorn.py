"""The project behind gunicorn, as production starts it, with either handler."""

import json
import re
import shutil
from collections.abc import Iterator
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

from tests.asgi.serving import GUNICORN, WITH, WITHOUT, Backends, serving
from tests.helpers.project import Project

if TYPE_CHECKING:
    from tests.asgi.serving import Served

HEALTH = "/api/health/"
UNKNOWN = "/unknown/"


@pytest.fixture(scope="module", params=[WITH, WITHOUT], ids=["own", "django"])
def served(
    request: pytest.FixtureRequest,
    project: Project,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator["Served"]:
    """Serve the project, once with each handler.

    Args:
        request: The line that imports the handler.
        project: The project; a copy of it is served.
        tmp_path_factory: Where to put things.

    Yields:
        The running project.
    """
    folder = tmp_path_factory.mktemp("gunicorn")
    ignored = shutil.ignore_patterns(".embedded", ".git", ".*_cache")
    shutil.copytree(project.folder, folder / "project", ignore=ignored)
    module = folder / "project" / "config" / "asgi.py"
    module.write_text(module.read_text().replace(WITH, request.param))
    own = Project(folder / "project", project.environment_folder)
    own.run("uv", "sync", "--quiet")
    backends = Backends(folder / "backends")
    with serving(own, backends, folder, WEB_CONCURRENCY="1") as running:
        yield running


def test_the_served_project_is_healthy(served: "Served") -> None:
    """Worker, handler and settings fit together."""
    answer = served.ask(HEALTH, headers={"X-Request-ID": "asked-for-health"})
    assert answer.status == 200
    assert answer.body["status"] == "healthy"
    assert answer.headers["X-Request-ID"] == "asked-for-health"
    assert "Server" not in answer.headers


def test_a_view_with_the_database_answers(served: "Served") -> None:
    """A sync view of the API runs on a thread."""
    account = {"email": "ada@example.com", "password": f"{token_hex(8)}-Aa1"}
    assert served.ask("/api/v1/auth/register/", account).status == 202
    token = served.ask("/api/v1/auth/token/", account).body["token"]
    headers = {"Authorization": f"Token {token}"}
    answer = served.ask("/api/v1/users/me/", headers=headers)
    assert answer.body["email"] == account["email"]


def test_an_error_is_json_and_has_one_access_line(served: "Served") -> None:
    """The server adds nothing to the API's own errors, and repeats no line."""
    answer = served.ask(UNKNOWN)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.body["errors"][0]["code"] == "not_found"
    lines = served.lines(answer.headers["X-Request-ID"])
    access = [line["logger"] for line in lines if line["level"] == "INFO"]
    assert access == ["apps.core.middleware"]


def test_a_stop_is_clean_and_every_line_is_json(served: "Served") -> None:
    """gunicorn, uvicorn and the project write into one stream, in one shape."""
    served.process.terminate()
    assert served.process.wait(20) == 0
    lines = [json.loads(line) for line in served.log.read_text().splitlines()]
    keys = {"level", "logger", "message", "request_id", "timestamp"}
    assert all(keys <= set(line) for line in lines)
    loggers = {line["logger"].partition(".")[0] for line in lines}
    assert loggers >= {"gunicorn", "uvicorn", "apps"}


def test_a_wrong_environment_stops_the_start(project: Project) -> None:
    """The sentences come once, not once per worker."""
    short = token_hex(8)
    extra = {"DJANGO_ENVIRONMENT": "production", "DJANGO_SECRET_KEY": short}
    output = project.run("uv", "run", *GUNICORN, check=False, extra=extra)
    assert output.count("- DJANGO_SECRET_KEY ") == 1
    assert "Traceback" not in output
    assert short not in output


def test_workers_follow_a_variable(project: Project) -> None:
    """Where nobody sets it, DS069 demands two per processor and one."""
    extra = {"DJANGO_SECRET_KEY": token_hex(64), "WEB_CONCURRENCY": "7"}
    addresses = {
        "DATABASE_URL": "postgresql://nobody@localhost/nothing",
        "REDIS_URL": "redis://localhost/0",
    }
    local = {"DJANGO_ENVIRONMENT": "local", **addresses, **extra}
    output = project.run("uv", "run", *GUNICORN, "--print-config", extra=local)
    assert re.search(r"^workers += 7$", output, re.MULTILINE)
