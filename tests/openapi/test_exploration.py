"""The contract test finds what it is there for."""

import signal
import subprocess
import time
from typing import TYPE_CHECKING, Final

import psutil
import pytest

from tests.helpers.project import Project
from tests.helpers.rendering import render

if TYPE_CHECKING:
    from pathlib import Path

VIEWS: Final = "apps/users/views.py"
EXPLORE: Final = ("uv", "run", "poe", "test-contract", "--only", "anonymous")
# File, what stands there, and what is put in its place. None of it changes the document.
BREAKS: Final = (
    # Another status than the documented 202.
    (
        VIEWS,
        "services.password_reset_request(**serializer.validated_data)"
        "\n        return Response(status=HTTPStatus.ACCEPTED)",
        "services.password_reset_request(**serializer.validated_data)"
        "\n        return Response(status=HTTPStatus.OK)",
    ),
    # Another body than the documented one.
    (
        VIEWS,
        'CsrfSerializer({"csrf_token": get_token(request)}).data',
        '{"csrf": get_token(request)}',
    ),
    # Nobody has to be logged in to log out.
    (
        VIEWS,
        '    """Close a session."""\n',
        '    """Close a session."""\n\n'
        "    def check_permissions(self, request):\n        return None\n",
    ),
    # A NUL byte goes through to PostgreSQL, and its refusal is nobody's business.
    (
        "apps/core/serializers.py",
        "class WholeNumberField",
        "TextField.run_validators = lambda self, value: None\n\n\nclass WholeNumberField",
    ),
    (
        "apps/core/exceptions.py",
        "SuspiciousOperation | DataError",
        "SuspiciousOperation",
    ),
)


@pytest.fixture(scope="module")
def findings(
    clone: "Path", environment_folder: "Path", tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Break promises that the document makes, and ask the running project.

    Args:
        clone: The template.
        environment_folder: Its virtual environment.
        tmp_path_factory: Where to put the project.

    Returns:
        What the contract test printed.
    """
    folder = render(clone, {}, tmp_path_factory.mktemp("broken") / "project")
    for name, old, new in BREAKS:
        path = folder / name
        source = path.read_text()
        assert source.count(old) == 1, (name, old)
        path.write_text(source.replace(old, new))
    project = Project(folder, environment_folder).commit()
    output = project.run("uv", "run", "poe", "check", "--only", "openapi", check=False)
    assert "passed" in output
    return project.run(*EXPLORE, check=False)


@pytest.mark.parametrize(
    ("operation", "finding"),
    [
        ("POST /api/v1/auth/password/reset/", "Undocumented status code"),
        ("GET /api/v1/auth/csrf/", "Response violates schema"),
        ("POST /api/v1/auth/logout/", "API accepts requests without authentication"),
        ("POST /api/v1/auth/token/", "Server error"),
    ],
)
def test_a_broken_promise_is_found(findings: str, operation: str, finding: str) -> None:
    """With the operation, and with a request that shows it.

    Args:
        findings: What the contract test printed.
        operation: The operation.
        finding: What is wrong with it.
    """
    assert "1 failed" in findings
    _, _, section = findings.partition(f" {operation} ___")
    assert finding in section.partition(" ____")[0], findings


@pytest.fixture(scope="module")
def uploads(
    clone: "Path", environment_folder: "Path", tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Make a project that takes files.

    Args:
        clone: The template.
        environment_folder: Its virtual environment.
        tmp_path_factory: Where to put the project.

    Returns:
        The project.
    """
    folder = render(clone, {}, tmp_path_factory.mktemp("uploads") / "project")
    project = Project(folder, environment_folder).commit()
    project.run("uv", "run", "poe", "startapp", "attachments", "--upload")
    return project


def test_what_is_uploaded_goes_with_the_run(uploads: Project) -> None:
    """It is made up, and no developer wants it among one's own files."""
    command = ("uv", "run", "poe", "test-contract", "--only", "user", "--cases", "2")
    assert "1 passed" in uploads.run(*command)
    assert not (uploads.folder / "media").exists()


def test_a_run_that_is_ended_leaves_no_server(
    uploads: Project, tmp_path: "Path"
) -> None:
    """Although `uv run` repeats the signal that a terminal or a CI has sent to all."""
    program = uploads.environment_folder / "bin" / "django-strict"
    process = subprocess.Popen(
        [program, "test-contract", "--only", "user"],
        cwd=uploads.folder,
        env=uploads.variables({"TMPDIR": str(tmp_path)}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not any(tmp_path.glob("*/server.log")):
        assert process.poll() is None
        assert time.monotonic() < deadline, "No server was started."
        time.sleep(0.1)
    assert servers_below(tmp_path)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM
    assert servers_below(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def servers_below(folder: "Path") -> list[str]:
    """List the programs that run in a folder, or on data in it."""
    found = psutil.process_iter(["cmdline", "cwd"])
    lines = [f"{each.info['cwd']} {each.info['cmdline']}" for each in found]
    return [line for line in lines if str(folder) in line]
