"""The running project does what ``openapi.yaml`` says: thousands of requests ask it.

Schemathesis makes requests from the document, right and wrong ones, and checks every
answer against it. ``tests/contract/schemathesis.toml`` sets how many.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.environments import ROOT, inherited
from tests.faults import Backends, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults import Served

pytestmark = [pytest.mark.integration, pytest.mark.slow]
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

    def __init__(self, served: "Served", folder: "Path", accounts: "Path") -> None:
        """Remember where things are.

        Args:
            served: The running project.
            folder: Where reports go.
            accounts: Credentials of many accounts.
        """
        self._served, self._folder, self._accounts = served, folder, accounts

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
        url = f"http://127.0.0.1:{self._served.port}"
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
def explorer(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Explorer]":
    """Serve the project behind one proxy, with many accounts."""
    folder = tmp_path_factory.mktemp("contract")
    backends = Backends(folder / "backends")
    secret = token_urlsafe(64)
    accounts = folder / "accounts.json"
    create = (
        "from tests.contract.accounts import create; "
        f"create({str(accounts)!r}, {ACCOUNTS})"
    )
    with serving(
        backends, folder, DJANGO_SECRET_KEY=secret, DJANGO_NUM_PROXIES="1"
    ) as served:
        subprocess.run(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", create],
            cwd=ROOT,
            env={
                **inherited(),
                "DJANGO_ENVIRONMENT": "local",
                "DJANGO_SECRET_KEY": secret,
                "DATABASE_URL": backends.addresses.database_url,
                "REDIS_URL": backends.addresses.redis_url,
            },
            check=True,
        )
        yield Explorer(served, folder, accounts)


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
