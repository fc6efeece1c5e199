"""``poe audit`` tells a vulnerable dependency from a service that cannot be asked."""

from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.vulnerabilities import ADVISORY, FIXED_IN, vulnerabilities

if TYPE_CHECKING:
    from tests.helpers.project import Project

COMMAND: Final = ("uv", "run", "poe", "audit")
# Prints the exit code that the project's helper does not hand on.
CODE: Final = '"$@"; echo "code $?"'


def audit(project: "Project", *options: str) -> str:
    """Run the command.

    Args:
        project: The project.
        *options: Its options.

    Returns:
        What it printed, and its exit code.
    """
    # One try is enough to learn that nobody listens.
    return project.run(
        *("bash", "-c", CODE, "-", *COMMAND, *options), extra={"UV_HTTP_RETRIES": "0"}
    )


def test_sound_dependencies_pass(project: "Project") -> None:
    """Every package of the lock file is asked about."""
    with vulnerabilities({"no-such-package"}) as url:
        output = audit(project, "--service-url", url)
    assert "no known vulnerabilities" in output
    assert output.endswith("code 0\n")
    assert project.changes() == ""


@pytest.mark.parametrize("package", ["django", "pytest"])
def test_vulnerable_dependency_is_named_with_what_to_do(
    project: "Project", package: str
) -> None:
    """Tools of development count: they run on machines with secrets."""
    with vulnerabilities({package}) as url:
        output = audit(project, "--service-url", url)
    for word in (package, ADVISORY, FIXED_IN, "uv lock --upgrade-package", "ignore ="):
        assert word in output
    assert output.endswith("code 1\n")


def test_vulnerability_can_be_ignored_where_the_advice_says(project: "Project") -> None:
    """The lines that the advice shows are ones that uv reads."""
    path = project.folder / "pyproject.toml"
    before = path.read_text()
    path.write_text(f'{before}\n[tool.uv.audit]\nignore = ["{ADVISORY}"]  # why\n')
    try:
        with vulnerabilities({"django"}) as url:
            output = audit(project, "--service-url", url)
    finally:
        path.write_text(before)
    assert output.endswith("code 0\n"), output


def test_service_that_cannot_be_asked_is_no_finding(project: "Project") -> None:
    """The sentence says that nothing was judged, and what the machine must reach."""
    with vulnerabilities(set()) as url:
        pass
    output = audit(project, "--service-url", url)
    for word in ("were not judged", "https://api.osv.dev", "--service-url"):
        assert word in output
    assert output.endswith("code 2\n")


def test_help_says_what_the_codes_mean(project: "Project") -> None:
    """Nothing has to be looked up."""
    output = audit(project, "--help")
    assert "0 without findings, 1 with some, 2 when" in output
