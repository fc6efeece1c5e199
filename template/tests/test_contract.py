"""The running project does what ``openapi.yaml`` says: thousands of requests ask it.

Schemathesis makes requests from the document, right and wrong ones, and checks every
answer against it. ``tests/contract/schemathesis.toml`` sets how many.
"""

import json
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.core.management import call_command

from tests.contract.accounts import create
from tests.environments import ROOT, inherited, local

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import DjangoDbBlocker

# The mark of the database: pytest-django makes only databases that a test asks for.
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.django_db]
GUNICORN: Final = (
    *("-m", "gunicorn", "config.asgi:application"),
    *("-c", "config/gunicorn.conf.py"),
)
PATIENCE: Final = 30.0  # seconds
ACCOUNTS: Final = 1000
FEWEST_CASES: Final = 700
ME: Final = "/api/v1/users/me/"
# What must have been reached with credentials of a kind: a run that is refused everywhere
# proves nothing.
REACHED: Final[dict[str, set[str]]] = {
    "user": {f"GET {ME}", f"PATCH {ME}", f"DELETE {ME}"},
    "staff": {f"GET {ME}", "GET /api/v1/users/", "GET /api/v1/users/{user_id}/"},
    "session": {f"GET {ME}", f"PATCH {ME}", "POST /api/v1/auth/logout/"},
}


@dataclass(frozen=True)
class Exploration:
    """What Schemathesis found.

    Attributes:
        passed: Whether every answer was as the document says.
        output: What it printed.
        report: The same for programs.
    """

    passed: bool
    output: str
    report: dict[str, Any]

    def warned(self, kind: str) -> set[str]:
        """List the operations it warns of.

        Args:
            kind: The kind of warning.

        Returns:
            Names of operations.
        """
        return set(self.report["warnings"][kind])


class Explorer:
    """Schemathesis, and the running project."""

    def __init__(self, port: int, folder: "Path", accounts: "Path") -> None:
        """Remember where things are.

        Args:
            port: Where the project is served.
            folder: Where reports go.
            accounts: Credentials of many accounts.
        """
        self._port, self._folder, self._accounts = port, folder, accounts

    def explore(
        self, *options: str, who: str = "", clients: str = "many"
    ) -> Exploration:
        """Send requests and judge the answers.

        Args:
            *options: Options of ``schemathesis run``.
            who: Kind of credentials; empty for none.
            clients: ``many`` or ``one``.

        Returns:
            What was found.
        """
        path = self._folder / "report.json"
        url = f"http://127.0.0.1:{self._port}"
        done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file"),
                *("tests/contract/schemathesis.toml", "run", "openapi.yaml"),
                *("--url", url, "--checks", "all", "--no-color"),
                *("--report", "json", "--report-json-path", str(path), *options),
            ],
            cwd=ROOT,
            env={
                **inherited(),
                "CONTRACT_ACCOUNTS": str(self._accounts),
                "CONTRACT_CLIENTS": clients,
                "CONTRACT_CREDENTIALS": who,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert path.exists(), done.stdout
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Exploration(done.returncode == 0, done.stdout, report)


@pytest.fixture(scope="module")
def explorer(
    django_db_setup: None,
    django_db_blocker: "DjangoDbBlocker",
    tmp_path_factory: pytest.TempPathFactory,
) -> "Iterator[Explorer]":
    """Serve the project as production does, behind one proxy, with many accounts."""
    del django_db_setup
    folder = tmp_path_factory.mktemp("contract")
    accounts = folder / "accounts.json"
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with django_db_blocker.unblock():
        create(str(accounts), ACCOUNTS)
        server = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, *GUNICORN, "--bind", f"127.0.0.1:{port}"],
            cwd=ROOT,
            env=local(DJANGO_NUM_PROXIES="1", WEB_CONCURRENCY="2"),
        )
        try:
            wait_for(server, port)
            yield Explorer(port, folder, accounts)
        finally:
            server.terminate()
            server.wait(PATIENCE)
            call_command("flush", interactive=False, verbosity=0)


def wait_for(server: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until a server accepts connections."""
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.05)
    pytest.fail("gunicorn does not serve the project.")


def assert_kept(found: Exploration) -> None:
    """Expect a complete run without a single answer that the document lacks."""
    assert found.passed, found.output
    assert found.report["complete"], found.output
    assert not found.report["errors"], found.output


def test_nobody_gets_an_answer_that_is_not_documented(explorer: Explorer) -> None:
    """Whatever is sent without credentials."""
    found = explorer.explore()
    assert_kept(found)
    assert found.report["test_cases"]["generated"] >= FEWEST_CASES


@pytest.mark.parametrize("who", ["user", "staff", "session"])
def test_an_account_gets_no_answer_that_is_not_documented(
    explorer: Explorer, who: str
) -> None:
    """Whatever is sent with a token or in a session, and the credentials count."""
    found = explorer.explore(who=who)
    assert_kept(found)
    assert found.report["test_cases"]["generated"] >= FEWEST_CASES
    refused = found.warned("missing_auth")
    assert refused
    assert not refused & REACHED[who]


def test_a_throttled_client_is_told_so_as_documented(explorer: Explorer) -> None:
    """One client that asks on and on; the other runs come from many."""
    options = ("--phases", "fuzzing", "--include-tag", "auth")
    found = explorer.explore(*options, clients="one")
    assert_kept(found)
    assert "POST /api/v1/auth/token/" in found.warned("rate_limited")
