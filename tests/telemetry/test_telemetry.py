"""Traces, metrics and errors of the served project reach a collector; values do not."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.asgi.serving import children, serving
from tests.telemetry.collector import collecting, until

if TYPE_CHECKING:
    from tests.asgi.serving import Answer, Backends, Served
    from tests.helpers.project import Project
    from tests.telemetry.collector import Collector

ME: Final = "/api/v1/users/me/"
OBTAIN: Final = "/api/v1/auth/token/"
REGISTER: Final = "/api/v1/auth/register/"
HEALTH: Final = "/api/health/"
PASSWORD: Final = f"Secret-{token_hex(8)}"
SERVER, CLIENT, CONSUMER = 2, 3, 5
FAILED: Final = 2
# redis-py imports OpenTelemetry's metrics by itself, where they are installed.
MINE: Final = (
    "opentelemetry.exporter",
    "opentelemetry.sdk.trace",
    "sentry_sdk",
    "google",
)
LIMIT: Final = 20  # seconds; gunicorn waits for 30

# A view whose statement fails, and quotes an e-mail.
FAILING: Final = '''

def fail(request, secret):
    """Store an account twice."""
    from apps.users.models import User
    users = [User(email=request.GET["email"]) for _ in range(2)]
    User.objects.bulk_create(users)


urlpatterns.append(path("fail/<str:secret>/", fail))
'''


class Account:
    """An account, and what nobody else shall read of it."""

    def __init__(self, served: "Served") -> None:
        """Register it and get a token.

        Args:
            served: Where.
        """
        self.email = f"{token_hex(8)}@example.com"
        body = {"email": self.email, "password": PASSWORD}
        assert served.ask(REGISTER, body).status == 202
        self.token = str(served.ask(OBTAIN, body).body["token"])

    def ask(self, served: "Served", path: str, **headers: str) -> "Answer":
        """Ask for something with its token.

        Args:
            served: Where.
            path: What.
            **headers: Further headers.

        Returns:
            The answer.
        """
        return served.ask(
            path, headers={"Authorization": f"Token {self.token}", **headers}
        )


@pytest.fixture(scope="module")
def account(served: "Served") -> Account:
    """Register an account.

    Args:
        served: Where.

    Returns:
        The account.
    """
    return Account(served)


def new_trace() -> str:
    """Make an id.

    Returns:
        The id of a trace.
    """
    return token_hex(16)


def header(trace: str) -> str:
    """Write the header of a trace.

    Args:
        trace: Its id.

    Returns:
        The value.
    """
    return f"00-{trace}-{'ab' * 8}-01"


@contextmanager
def working(
    project: "Project", backends: "Backends", log: Path, **variables: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the project's worker of the queue.

    Args:
        project: The project.
        backends: Its servers.
        log: What it writes.
        **variables: Further variables.

    Yields:
        The process.
    """
    environment = {
        "DJANGO_ENVIRONMENT": "local",
        "DJANGO_LOG_LEVEL": "INFO",
        "DJANGO_LOG_FORMAT": "json",
        "DJANGO_SECRET_KEY": "fault-injection-" * 4,
        "DATABASE_URL": backends.addresses.database_url,
        "REDIS_URL": backends.addresses.redis_url,
        **variables,
    }
    python = project.environment_folder / "bin" / "python"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [python, "-m", "django_strict_asgi.queue_worker"],
            cwd=project.folder,
            env=project.variables(environment),
            stdout=stream,
            stderr=stream,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(LIMIT)


def lines(log: Path) -> list[dict[str, Any]]:
    """Read a log.

    Args:
        log: The file.

    Returns:
        Its lines of JSON.
    """
    texts = log.read_text(encoding="utf-8").splitlines()
    return [json.loads(text) for text in texts if text.startswith("{")]


def test_a_request_is_one_span_that_names_its_route(
    served: "Served", collector: "Collector", account: Account
) -> None:
    """It belongs to the trace of whoever asked."""
    trace = new_trace()
    account.ask(served, ME, traceparent=header(trace))
    spans = collector.trace(trace, 2)
    (span,) = [span for span in spans if span["kind"] == SERVER]
    assert span["name"] == f"GET {ME}"
    assert span["parent"] == "ab" * 8
    assert span["http.route"] == ME
    assert span["http.response.status_code"] == 200
    assert span["resource"]["service.name"] == "under-test"


def test_statements_and_redis_calls_are_spans_below_their_request(
    served: "Served", collector: "Collector", account: Account
) -> None:
    """Each with the words of the statement or the name of the command."""
    trace = new_trace()
    account.ask(served, ME, traceparent=header(trace))
    spans = collector.trace(trace, 3)
    (request,) = [span for span in spans if span["kind"] == SERVER]
    rest = [span for span in spans if span["kind"] == CLIENT]
    assert {span["parent"] for span in rest} == {request["id"]}
    systems = {span["db.system.name"] for span in rest}
    assert systems == {"postgresql", "redis"}
    assert any("users_user" in span.get("db.query.text", "") for span in rest)


def test_an_async_view_and_an_unknown_path_are_followed_too(
    served: "Served", collector: "Collector"
) -> None:
    """What has no route has no path in its span either."""
    trace = new_trace()
    path = f"/nothing/{token_hex(8)}/"
    assert served.ask(path, headers={"traceparent": header(trace)}).status == 404
    (span,) = collector.trace(trace)
    assert span["name"] == "GET"
    assert "http.route" not in span
    assert path.encode() not in b"".join(collector.raw)


def test_probes_are_nobodys_requests(served: "Served", collector: "Collector") -> None:
    """They would be most of what is sent, with the statements and calls they make."""
    probed, asked = new_trace(), new_trace()
    assert served.ask(HEALTH, headers={"traceparent": header(probed)}).status == 200
    served.ask("/nothing/", headers={"traceparent": header(asked)})
    collector.trace(asked)
    time.sleep(1)
    assert not [span for span in collector.spans if span["trace"] == probed]


def test_every_line_of_a_request_names_its_trace(
    served: "Served", account: Account
) -> None:
    """Whoever looks at a trace finds its lines, and the other way round."""
    trace = new_trace()
    answer = account.ask(served, ME, traceparent=header(trace))
    written = served.lines(answer.request_id)
    assert written
    assert {line["trace_id"] for line in written} == {trace}


def test_every_worker_counts_by_route_and_status(
    served: "Served", collector: "Collector", account: Account
) -> None:
    """Loaded once and forked: each has its own exporters and its own identity."""

    def identities() -> bool:
        """Ask until both have answered."""
        account.ask(served, ME)
        found = {
            point["resource"]["service.instance.id"]
            for point in collector.metrics
            if point["name"] == "http.server.request.duration"
            and point.get("http.route") == ME
            and point["http.response.status_code"] == 200
        }
        return len(found) == len(children(served.process.pid))

    assert until(identities)


def test_a_task_belongs_to_the_trace_of_its_request(
    served: "Served",
    collector: "Collector",
    own: "Project",
    backends: "Backends",
    tmp_path: Path,
) -> None:
    """The worker goes on where the request ended; its lines name the trace, too."""
    trace = new_trace()
    email = f"{token_hex(8)}@example.com"
    body = {"email": email, "password": PASSWORD}
    served.ask(REGISTER, body, {"traceparent": header(trace)})
    log = tmp_path / "log"

    def ran() -> list[dict[str, Any]]:
        """Look for the task's span and what it did."""
        spans = [span for span in collector.spans if span["trace"] == trace]
        if any(span["kind"] == CONSUMER for span in spans):
            return spans
        return []

    def counted() -> bool:
        """Look for the worker's own metrics."""
        names = {point["name"] for point in collector.metrics}
        return {"messaging.queue.waiting", "messaging.process.duration"} <= names

    with working(own, backends, log, **collector.variables):
        spans = until(ran)
        assert until(counted)
    (task,) = [span for span in spans if span["kind"] == CONSUMER]
    assert task["messaging.destination.name"].startswith("apps.users.tasks.")
    assert task["name"] == f"process {task['messaging.destination.name']}"
    parents = {span["id"] for span in spans if span["kind"] == SERVER}
    assert task["parent"] in parents
    named = [line for line in lines(log) if line.get("trace_id") == trace]
    assert named
    assert email.encode() not in b"".join(collector.raw)


def test_no_value_leaves_the_project(
    served: "Served", collector: "Collector", account: Account
) -> None:
    """No e-mail, password, token, path, query or address of a client."""
    trace = new_trace()
    secret = token_hex(8)
    account.ask(
        served,
        f"{ME}?token={secret}",
        traceparent=header(trace),
        Cookie=f"sessionid={secret}",
        **{"User-Agent": secret},
    )
    collector.trace(trace, 2)
    sent = b"".join(collector.raw)
    assert b"SELECT" in sent
    for value in (account.email, account.token, PASSWORD, secret, "127.0.0.1"):
        assert value.encode() not in sent


def test_an_error_reaches_sentry_and_the_trace_without_its_values(
    own: "Project", backends: "Backends", tmp_path: Path
) -> None:
    """What PostgreSQL quotes and what the request's address holds stay here."""
    urls = own.folder / "config" / "urls.py"
    text = urls.read_text()
    urls.write_text(text + FAILING)
    trace, secret = new_trace(), token_hex(8)
    email = f"{token_hex(8)}@example.com"
    try:
        with collecting() as collector:
            with serving(
                own, backends, tmp_path, log=None, **collector.variables
            ) as served:
                answer = served.ask(
                    f"/fail/{secret}/?email={email}",
                    headers={"traceparent": header(trace)},
                )
                assert answer.status == 500
                spans = collector.trace(trace, 2)
                until(lambda: collector.events)
            logged = served.lines(answer.request_id)
    finally:
        urls.write_text(text)
    failed = [span for span in spans if span["status"] == FAILED]
    kinds = {span["error.type"] for span in failed}
    assert kinds == {"500", "django.db.utils.IntegrityError"}
    (event,) = collector.events
    assert event["extra"]["trace_id"] == trace
    assert event["extra"]["request_id"] == answer.request_id
    errors = event["exception"]["values"]
    assert errors[-1]["type"] == "IntegrityError"
    assert errors[-1]["stacktrace"]["frames"]
    sent = b"".join(collector.raw)
    assert email.encode() not in sent
    assert f"email={email}" not in json.dumps(logged)


def test_a_stop_sends_what_was_seen(
    own: "Project", backends: "Backends", tmp_path: Path
) -> None:
    """A worker that is told to end does not wait for the next batch."""
    trace = new_trace()
    late = {
        "OTEL_BSP_SCHEDULE_DELAY": "600000",
        "OTEL_METRIC_EXPORT_INTERVAL": "600000",
    }
    with collecting() as collector:
        variables = collector.variables | late
        with serving(own, backends, tmp_path, log=None, **variables) as served:
            served.ask("/nothing/", headers={"traceparent": header(trace)})
            assert not collector.spans
        assert collector.trace(trace)
        assert any(
            point["name"] == "http.server.request.duration"
            for point in collector.metrics
        )


@pytest.mark.parametrize("kind", ["dead", "hanging"])
def test_a_collector_that_is_ill_costs_no_request_and_floods_no_log(
    own: "Project", backends: "Backends", tmp_path: Path, kind: str
) -> None:
    """Nobody waits for it, not even the stop, and a line a minute is enough."""
    with collecting() as collector:
        collector.delay = 60 if kind == "hanging" else 0
        variables = collector.variables | {"OTEL_METRIC_EXPORT_INTERVAL": "100"}
        if kind == "dead":
            variables |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
        with serving(own, backends, tmp_path, log=None, **variables) as served:
            began = time.monotonic()
            while time.monotonic() - began < 12:
                # An attempt to send takes twice as long.
                assert served.ask("/nothing/").seconds < 5
                time.sleep(0.02)
            assert collector.asked or kind == "dead"
            workers = len(children(served.process.pid))
            began = time.monotonic()
            os.kill(served.process.pid, signal.SIGTERM)
            served.process.wait(LIMIT)
            assert time.monotonic() - began < LIMIT
        loud = [line for line in lines(served.log) if "opentelemetry" in line["logger"]]
        assert len(loud) <= workers
        assert loud


def test_nothing_of_it_is_imported_while_it_is_off(
    own: "Project", backends: "Backends"
) -> None:
    """Who sets no variable pays with neither memory nor time."""
    code = (
        "import sys, config.asgi, django_strict_asgi.queue_worker as worker; "
        "print(type(config.asgi.application).__name__, "
        f"[name for name in sys.modules if name.startswith({MINE})])"
    )
    assert imported(own, backends, code) == "Handler []"
    on = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    assert imported(own, backends, code, **on).startswith("TracedHandler ['")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            },
            "OTEL_EXPORTER_OTLP_PROTOCOL is grpc; only http/protobuf is spoken.",
        ),
        (
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
                "OTEL_PROPAGATORS": "pigeon",
            },
            "OTEL_PROPAGATORS cannot be used: Propagator pigeon not found.",
        ),
        ({"SENTRY_DSN": "nonsense"}, "SENTRY_DSN is no DSN; https://KEY@"),
    ],
)
def test_what_cannot_be_had_is_said_at_the_start(
    own: "Project", backends: "Backends", variables: dict[str, str], sentence: str
) -> None:
    """And not noticed when the traces are missed."""
    assert sentence in imported(own, backends, "import config.asgi", **variables)


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_ENDPOINT", "SENTRY_DSN"])
def test_a_project_without_the_packages_is_told_how_to_get_them(
    project: "Project", backends: "Backends", name: str
) -> None:
    """The answer is off by default."""
    project.run("uv", "sync", "--quiet")
    url = {name: "http://key@127.0.0.1:9/1"}
    said = imported(project, backends, "import config.asgi", **url)
    assert f"{name} is set, and its packages are not installed" in said
    assert "uv add 'django-strict-asgi[telemetry]'" in said


def test_variables_of_a_developer_are_read_from_dotenv(
    own: "Project", backends: "Backends"
) -> None:
    """As .env.example promises; what the shell says comes first."""
    dotenv = own.folder / ".env"
    dotenv.write_text("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9\nOTHER=x\n")
    code = "import config.asgi, os; print(type(config.asgi.application).__name__, os.environ.get('OTHER'))"
    try:
        assert imported(own, backends, code) == "TracedHandler None"
        off = {"OTEL_SDK_DISABLED": "true"}
        assert imported(own, backends, code, **off) == "Handler None"
    finally:
        dotenv.unlink()


def test_the_gate_is_green_with_the_answer_on(own: "Project") -> None:
    """The pages and docker-compose.yml name the variables."""
    steps = ("generated files", "ruff", "house rules", "django")
    only = [argument for step in steps for argument in ("--only", step)]
    own.run("uv", "run", "poe", "check", *only)


def test_the_answer_leaves_nothing_behind_when_it_is_off(rendered: Path) -> None:
    """Neither a variable nor a package."""
    history = {".copier-answers.yml", "baseline-changes.md"}
    for path in rendered.rglob("*"):
        if path.is_file() and path.suffix != ".whl" and path.name not in history:
            text = path.read_text("utf-8")
            assert "OTEL_" not in text, path
            assert "SENTRY_" not in text, path
            assert "telemetry" not in text, path


def imported(
    project: "Project", backends: "Backends", code: str, **variables: str
) -> str:
    """Run a program in a project.

    Args:
        project: The project.
        backends: Its servers.
        code: The program.
        **variables: Further variables.

    Returns:
        What it printed.
    """
    environment = {
        "DJANGO_ENVIRONMENT": "local",
        "DJANGO_SECRET_KEY": "fault-injection-" * 4,
        "DATABASE_URL": backends.addresses.database_url,
        "REDIS_URL": backends.addresses.redis_url,
        **variables,
    }
    python = project.environment_folder / "bin" / "python"
    return project.run(str(python), "-c", code, check=False, extra=environment).strip()
