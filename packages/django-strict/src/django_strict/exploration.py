"""The running project does what ``openapi.yaml`` says: thousands of requests ask it.

Schemathesis makes requests from the document, right and wrong ones, and checks every
answer against it. The project runs under gunicorn as in production, on a PostgreSQL and a
Redis-protocol server of this run alone.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.contrib import auth
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction

from django_strict.openapi import document
from django_strict.openapi.wellformed import inspect
from django_strict.project import ROOT
from django_strict.servers import start as start_servers, stop as stop_servers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from django.contrib.auth.models import AbstractBaseUser

# Headers and cookies by which a request is somebody's.
type Credentials = dict[str, dict[str, str]]

KINDS: Final = ("anonymous", "user", "staff", "session", "throttled")
CASES: Final = 25
# Of each kind. Each request comes from another account, since many of them end an account
# or its credentials, and since an account may send so many an hour.
ACCOUNTS: Final = 1000
SERVERS: Final = "servers"
PATIENCE_SECONDS: Final = 60.0
TABLE: Final = "[tool.strict.contract]"
SERVER: Final = (
    *("-m", "gunicorn", "config.asgi:application"),
    *("-c", "config/gunicorn.conf.py"),
)
# All checks are on: https://schemathesis.readthedocs.io/en/stable/reference/configuration/
# The same seed sends the same requests, and nothing is remembered from run to run.
CONFIGURATION: Final = """\
seed = 20
generation.database = "none"
generation.max-examples = {cases}
cache.enabled = false
request-timeout = 30.0
continue-on-failure = true

# What is too long or too slow is refused before anybody looks at the rest (408 to 431).
[checks.negative_data_rejection]
expected-statuses = [
    "400", "401", "403", "404", "405", "406", "408", "409", "413", "414", "415", "429",
    "431",
]
"""
REFUSABLE: Final = """
[[operations]]
include-operation-id = {names}
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "429",
]
"""


class ContractError(Exception):
    """The contract test cannot run; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a project says about its own operations, in ``[tool.strict.contract]``.

    Attributes:
        refusable: Ids of operations that may refuse data that fits the document.
        reached: By kind of credentials, the operations that these must open.
        throttled: The operations that one client may not call on and on.
    """

    refusable: list[str]
    reached: dict[str, list[str]]
    throttled: list[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Command line, without the program's name.

    Returns:
        Exit code: 0 when the project does what its document says, 1 when it does not, 2
        when nothing could be found out.
    """
    parser = argparse.ArgumentParser(
        prog="poe test-contract",
        description="Ask the running project thousands of questions that openapi.yaml "
        "allows or not, and compare every answer with it. What is particular to the "
        f"project's operations stands in {TABLE} of pyproject.toml.",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=KINDS,
        help="whose requests to send (all, one after the other); may be repeated",
    )
    parser.add_argument(
        "--cases",
        type=int,
        default=CASES,
        metavar="NUMBER",
        help="cases for each operation and phase: a greater number finds more and takes "
        f"longer ({CASES})",
    )
    options = parser.parse_args(arguments)
    # Whoever ends this command ends the servers that it has started, too.
    signal.signal(signal.SIGTERM, _end)
    try:
        expectations = read_expectations()
        with tempfile.TemporaryDirectory() as scratch:
            explorer = Explorer(Path(scratch), expectations, options.cases)
            try:
                return explorer.run(options.only or KINDS)
            finally:
                stop_servers(Path(scratch) / SERVERS)
    except (ContractError, document.UnreadableError) as error:
        print(error, file=sys.stderr)
        return 2


def _end(number: int, _frame: FrameType | None) -> None:
    """Stop everything, once: `uv run` hands on a signal that this process got, too."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def read_expectations() -> Expectations:
    """Read what the project says about its operations.

    Raises:
        ContractError: If it names something that is not there.

    Returns:
        What it says.
    """
    content = document.parse(document.read_file())
    inspect(content)
    known = [it for _, found in document.operations(content) for it in found.values()]
    names, ids = {it.name for it in known}, {it.operation_id for it in known}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    table = project.get("tool", {}).get("strict", {}).get("contract", {})
    found = Expectations(
        refusable=table.get("refusable", []),
        reached=table.get("reached", {}),
        throttled=table.get("throttled", []),
    )
    reached = {name for each in found.reached.values() for name in each}
    unknown = [
        *sorted(table.keys() - {"refusable", "reached", "throttled"}),
        *sorted(found.reached.keys() - {"user", "staff", "session"}),
        *sorted(set(found.refusable) - ids),
        *sorted((reached | set(found.throttled)) - names),
    ]
    if unknown:
        message = (
            f"{TABLE} in pyproject.toml names what {document.FILE} and this command do "
            f"not know: {', '.join(unknown)}. It may hold refusable (ids of operations), "
            "throttled (names such as `GET /api/`) and reached.user, reached.staff and "
            "reached.session (names)."
        )
        raise ContractError(message)
    return found


class Explorer:
    """Serves the project and sends it what Schemathesis makes up."""

    def __init__(self, folder: Path, expectations: Expectations, cases: int) -> None:
        """Write Schemathesis's configuration.

        Args:
            folder: An empty folder for everything that this run needs.
            expectations: What the project says about its operations.
            cases: Cases for each operation and phase.
        """
        self._folder, self._expectations, self._cases = folder, expectations, cases
        configuration = CONFIGURATION.format(cases=cases)
        if expectations.refusable:
            configuration += REFUSABLE.format(names=json.dumps(expectations.refusable))
        (folder / "schemathesis.toml").write_text(configuration, "utf-8")

    def run(self, kinds: Sequence[str]) -> int:
        """Explore the project on behalf of several kinds of clients.

        Args:
            kinds: The kinds, of ``KINDS``.

        Raises:
            ContractError: If the project cannot be served or Schemathesis cannot run.

        Returns:
            0 when all is as documented, else 1.
        """
        prepare(self._folder)
        accounts = {kind: create_accounts(kind) for kind in kinds if kind in CREATORS}
        connections.close_all()
        failed = 0
        with serve(self._folder) as url:
            for kind in kinds:
                file = self._folder / f"{kind}.json"
                if kind in accounts:
                    file.write_text(json.dumps(accounts[kind]), "utf-8")
                started = time.monotonic()
                output, report = self._explore(url, kind, file)
                complaints = self._judge(kind, report)
                seconds = time.monotonic() - started
                count = report["test_cases"]["generated"]
                verdict = "FAIL" if complaints else "pass"
                print(f"{verdict}  {kind:<10} {count:>6,} requests {seconds:>6.1f} s")
                if complaints:
                    print("\n".join((output, *complaints)))
                failed += bool(complaints)
                sys.stdout.flush()
        print(f"{len(kinds) - failed} passed, {failed} failed")
        return min(failed, 1)

    def _explore(self, url: str, kind: str, file: Path) -> tuple[str, dict[str, Any]]:
        """Let Schemathesis send its requests.

        Args:
            url: Where the project is served.
            kind: The kind of clients.
            file: The credentials of clients of that kind.

        Raises:
            ContractError: If it breaks off.

        Returns:
            What it printed, and its report.
        """
        path = self._folder / f"{kind}-report.json"
        options = ["--report", "json", "--report-json-path", str(path)]
        if kind == "throttled":
            # Few cases would not get as far as a throttle, or not far beyond it.
            cases = max(self._cases, 4 * CASES)
            options += ["--phases", "fuzzing", "--max-examples", str(cases)]
            for name in self._expectations.throttled:
                options += ["--include-name", name]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file"),
                *(str(self._folder / "schemathesis.toml"), "run", document.FILE),
                *("--url", url, "--checks", "all", "--no-color", *options),
            ],
            cwd=ROOT,
            env={
                # No proxy gets to see the credentials, nor could it reach this machine.
                **{k: v for k, v in os.environ.items() if "_proxy" not in k.lower()},
                "SCHEMATHESIS_HOOKS": "django_strict.exploration_hooks",
                "CONTRACT_CLIENTS": "one" if kind == "throttled" else "many",
                "CONTRACT_CREDENTIALS": str(file) if file.exists() else "",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if not path.exists():
            raise ContractError(done.stdout)
        report: dict[str, Any] = json.loads(path.read_text("utf-8"))
        report["passed"] = done.returncode == 0
        return done.stdout, report

    def _judge(self, kind: str, report: dict[str, Any]) -> list[str]:
        """Say what is wrong with a run.

        Args:
            kind: The kind of clients.
            report: What Schemathesis found.

        Returns:
            Sentences; none when the project does what its document says.
        """
        complaints = []
        if not report["passed"]:
            complaints.append("An answer is not as documented; see above.")
        if not report["complete"] or report["errors"]:
            complaints.append("Schemathesis did not send all requests; see above.")
        refused = set(report["warnings"]["missing_auth"])
        # A run that is refused everywhere proves nothing.
        closed = refused & set(self._expectations.reached.get(kind, []))
        if closed:
            complaints.append(
                f"The credentials of {kind} should open {', '.join(sorted(closed))}, and "
                f"every answer was a refusal ({TABLE}, reached.{kind})."
            )
        if kind == "anonymous":
            wanted = {it for each in self._expectations.reached.values() for it in each}
            # An id that does not fit is answered 404 before anybody asks for credentials.
            if wanted and not wanted & refused:
                complaints.append(
                    f"Of {', '.join(sorted(wanted))} none is closed without credentials."
                )
        if kind == "throttled":
            limited = set(report["warnings"]["rate_limited"])
            if unlimited := set(self._expectations.throttled) - limited:
                complaints.append(f"Never throttled: {', '.join(sorted(unlimited))}.")
        return complaints


def prepare(folder: Path) -> None:
    """Start servers, and set the project up in this process with their addresses.

    Args:
        folder: Where the servers may keep their data.
    """
    servers = start_servers(folder / SERVERS)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        DJANGO_ENVIRONMENT="local",
        DJANGO_DEBUG="false",
        DJANGO_ALLOWED_HOSTS="127.0.0.1",
        DJANGO_LOG_LEVEL="INFO",
        DJANGO_LOG_FORMAT="json",
        DJANGO_SECRET_KEY=secrets.token_urlsafe(64),
        # Requests say which client they come from, see the hooks.
        DJANGO_NUM_PROXIES="1",
        DATABASE_URL=servers.database_url,
        REDIS_URL=servers.redis_url,
        REDIS_SESSION_URL=urlsplit(servers.redis_url)._replace(path="/1").geturl(),
        WEB_CONCURRENCY="2",
        # Uploads go with the rest of the run.
        MEDIA_STORAGE_URL=f"file://{folder / 'media'}",
    )
    django.setup()
    call_command("migrate", verbosity=0)


def create_accounts(kind: str) -> list[Credentials]:
    """Create accounts that nobody can log in to, with credentials.

    Args:
        kind: The kind of credentials, of ``CREATORS``.

    Raises:
        ContractError: If the project's user model needs more than a name.

    Returns:
        What a request of each account carries.
    """
    model = auth.get_user_model()
    fields = [str(name) for name in (model.USERNAME_FIELD, *model.REQUIRED_FIELDS)]
    if kind == "staff":
        fields.append("is_staff")
    values = {"is_staff": True}
    try:
        users = model._default_manager.bulk_create(
            model(
                password="!",  # noqa: S106 - no password fits this
                **{
                    name: values.get(name, f"{kind}-{number}@example.com")
                    for name in fields
                },
            )
            for number in range(ACCOUNTS)
        )
    except (DatabaseError, TypeError, ValueError) as error:
        message = (
            f"The contract test cannot create accounts of {model._meta.label}: "
            f"{error}\nIt fills {', '.join(fields)} and leaves all else to defaults. "
            "Give every other field a default, or run the test with --only anonymous."
        )
        raise ContractError(message) from error
    return CREATORS[kind](users)


def create_tokens(users: list[AbstractBaseUser]) -> list[Credentials]:
    """Give each account a token.

    Args:
        users: The accounts.

    Raises:
        ContractError: If the project has no tokens.

    Returns:
        What a request with that token carries.
    """
    # Needs the apps; the model is rest_framework.authtoken's, or the project's own.
    from rest_framework.authentication import TokenAuthentication  # noqa: PLC0415

    model: Any = TokenAuthentication().get_model()
    if model._meta.abstract:
        message = (
            "The contract test sends tokens of rest_framework.authtoken, which is not in "
            "INSTALLED_APPS. Leave the kinds with tokens out: --only anonymous --only "
            "session"
        )
        raise ContractError(message)
    with transaction.atomic():
        tokens = [model.objects.create(user=user) for user in users]
    return [{"headers": {"Authorization": f"Token {token.key}"}} for token in tokens]


def open_sessions(users: list[AbstractBaseUser]) -> list[Credentials]:
    """Open a session for each account.

    Args:
        users: The accounts.

    Returns:
        What a request of that session carries, a CSRF token included.
    """
    engine = import_module(settings.SESSION_ENGINE)
    header = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")
    carried = []
    for user in users:
        session = engine.SessionStore()
        session[auth.SESSION_KEY] = str(user.pk)
        session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        token = secrets.token_hex(16)
        cookies = {
            settings.SESSION_COOKIE_NAME: str(session.session_key),
            settings.CSRF_COOKIE_NAME: token,
        }
        carried.append({"headers": {header: token}, "cookies": cookies})
    return carried


CREATORS: Final = {
    "user": create_tokens,
    "staff": create_tokens,
    "session": open_sessions,
}


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the project as production does.

    Args:
        folder: Where its log goes.

    Raises:
        ContractError: If it does not answer.

    Yields:
        Its URL, once it answers.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    log = folder / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, *SERVER, "--bind", f"127.0.0.1:{port}"],
            cwd=ROOT,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                message = f"The project does not answer:\n{log.read_text()[-4000:]}"
                raise ContractError(message)
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(port: int) -> bool:
    """Tell whether a server answers.

    Args:
        port: Its port.

    Returns:
        True if it says anything at all.
    """
    with (
        suppress(OSError, HTTPException),
        closing(HTTPConnection("127.0.0.1", port, timeout=5)) as client,
    ):
        client.request("GET", "/")
        return bool(client.getresponse().status)
    return False


if __name__ == "__main__":
    sys.exit(main())
