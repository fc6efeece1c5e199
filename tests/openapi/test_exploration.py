"""The contract test finds what it is there for."""

from typing import TYPE_CHECKING, Final

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
