"""What clients see while parts of the stack are down, stop or start."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import pytest

from tests.stack.load import Load
from tests.stack.stack import docker

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stack.client import Answer
    from tests.stack.stack import Stack

pytestmark = pytest.mark.docker
SERVICES = ("app", "nginx", "db", "redis", "worker")
SECONDS: Final = 3.0
BACK: Final = 30.0
PATIENCE: Final = 120.0
# Asks for tasks, and prints their ids.
ENQUEUE: Final = """
import django
django.setup()
from apps.users.tasks import clear_sessions
print(*(clear_sessions.enqueue().id for _ in range(3000)))
"""
# Prints what has become of tasks.
STATES: Final = (
    "SELECT string_agg(DISTINCT status::text, ' ' ORDER BY status::text) "
    "FROM procrastinate_jobs WHERE id IN ({})"
)
LOCK: Final = (
    "BEGIN; LOCK TABLE users_user IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(4)"
)
SLOW_REQUESTS: Final = 5
# Three workers with seven threads each, and as many again.
LOGINS: Final = (21, 42)
# As large as many of one address may be, and thirty or twenty times that once parsed.
BODIES: Final = {
    "JSON": (
        "PATCH",
        "/api/v1/users/me/",
        b"[" + b'{"":0},' * 142_000 + b"0]",
        {"Content-Type": "application/json"},
    ),
    "a form": (
        "POST",
        "/admin/login/",
        b"a=" + b"%41" * 332_000,
        {"Content-Type": "application/x-www-form-urlencoded"},
    ),
}


@pytest.mark.parametrize(
    ("service", "key"), [("db", "db"), ("redis", "cache")], ids=["db", "redis"]
)
def test_a_killed_service_turns_the_health_to_503(
    stack: "Stack", service: str, key: str
) -> None:
    """Within three seconds and in the exact words; and back to 200 once it is back."""
    stack.wait_until_healthy()
    stack.compose("kill", service)
    try:
        answer = stack.wait_for(lambda answer: answer.status == 503, SECONDS)
        words = {answer.json()[key]}
    finally:
        stack.compose("start", service)
    assert words <= {"error: unavailable", "error: timeout"}
    assert answer.json() == {
        "status": "unhealthy",
        "db": "ok",
        "cache": "ok",
        key: answer.json()[key],
    }
    stack.wait_for(lambda answer: answer.status == 200, BACK)


def test_a_dead_redis_costs_no_request(stack: "Stack") -> None:
    """The API works on without its cache."""
    account = stack.account()
    stack.compose("kill", "redis")
    try:
        assert stack.me(account).status == 200
    finally:
        stack.compose("start", "redis")
    stack.wait_until_healthy()


def test_a_dead_database_is_503_in_the_envelope(stack: "Stack") -> None:
    """With the time after which to try again."""
    account = stack.account()
    stack.compose("kill", "db")
    try:
        answer = stack.me(account)
    finally:
        stack.compose("start", "db")
    assert (answer.status, answer.error_code()) == (503, "service_unavailable")
    assert answer.one("retry-after") == "5"
    stack.wait_until_healthy()


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_a_restart_of_postgresql_costs_no_task(stack: "Stack", how: str) -> None:
    """The worker is in the middle of them; it begins again and does them all."""
    stack.wait_until_healthy()
    stack.compose("stop", "worker")
    ids = stack.python("app", ENQUEUE).split()
    states = STATES.format(", ".join(ids))
    stack.compose("start", "worker")
    wait_until(lambda: "succeeded" in stack.query(states))
    assert "todo" in stack.query(states)
    stack.compose(how, "db")
    stack.compose("start", "db")
    stack.wait_until_healthy()
    wait_until(lambda: stack.query(states).strip() == "succeeded")


def wait_until(condition: "Callable[[], bool]") -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_stopping_the_app_loses_no_accepted_request(stack: "Stack") -> None:
    """Under 50 requests a second: what was accepted completes, the rest gets 503."""
    account = stack.account()

    def log_in(_: int) -> "Answer":
        """Ask for a token."""
        content = {"email": account.email, "password": account.password}
        return stack.client.post("/api/v1/auth/token/", content)

    with Load(stack.client) as load, ThreadPoolExecutor(SLOW_REQUESTS + 1) as pool:
        time.sleep(2)
        # The accepted requests: they wait for a lock while the app is told to stop.
        pool.submit(stack.query, LOCK)
        time.sleep(1)
        accepted = pool.map(log_in, range(SLOW_REQUESTS))
        time.sleep(0.5)
        stack.compose("stop", "app")
        time.sleep(1)
        stack.compose("start", "app")
        stack.wait_until_healthy()
        time.sleep(1)
        slow = list(accepted)
    assert [answer.status for answer in slow] == [200] * SLOW_REQUESTS
    assert load.errors == []
    assert {answer.status for answer in load.answers} == {200, 503}
    assert load.count(200) > 100
    refused = [answer for answer in load.answers if answer.status == 503]
    assert {answer.error_code() for answer in refused} == {"service_unavailable"}
    assert {answer.one("retry-after") for answer in refused} == {"5"}


def test_restarting_one_of_two_replicas_fails_no_request(stack: "Stack") -> None:
    """Under 50 requests a second, and both replicas work for them."""
    up = ("up", "--detach", "--wait", "--no-build", "--no-recreate", "--no-deps")
    stack.compose(*up, "--scale", "app=2", "app")
    try:
        replicas = stack.compose("ps", "--quiet", "app").split()
        assert len(replicas) == 2
        time.sleep(1.5)
        with Load(stack.client) as load:
            time.sleep(1)
            docker("restart", "--time", "40", replicas[0])
            time.sleep(4)
        served = stack.logs(("nginx",), lines=load.count(200))
    finally:
        stack.compose(*up, "--scale", "app=1", "app")
    assert load.errors == []
    assert {answer.status for answer in load.answers} == {200}
    assert load.count(200) > 200
    addresses = {part.split('"')[0] for part in served.split('"upstream":"')[1:]}
    assert len({part for each in addresses for part in each.split(", ")}) >= 2


@pytest.mark.parametrize("count", LOGINS)
def test_many_logins_at_once_kill_no_worker(stack: "Stack", count: int) -> None:
    """However many passwords are hashed: memory is enough, and others are served."""
    account = stack.account()
    credentials = {"email": account.email, "password": "another password"}

    def log_in(number: int) -> "Answer":
        """Try a wrong password."""
        if number % 8 == 0:
            # Ten a minute from one address; here are many at once.
            stack.forget_throttles()
        return stack.client.post("/api/v1/auth/token/", credentials)

    def rename(number: int) -> "Answer":
        """Write something that needs a thread and a connection."""
        return stack.client.request(
            "PATCH",
            "/api/v1/users/me/",
            {"full_name": f"Name {number}"},
            {"Authorization": f"Token {account.token}"},
        )

    before = sorted(stack.pids("app"))
    with ThreadPoolExecutor(count) as pool, ThreadPoolExecutor(1) as bystander:
        served = bystander.map(rename, range(10))
        answers = list(pool.map(log_in, range(count)))
    assert {answer.status for answer in served} == {200}
    assert {answer.status for answer in answers} <= {400, 401, 429, 503}
    assert {400, 401} & {answer.status for answer in answers}
    assert sorted(stack.pids("app")) == before


@pytest.mark.parametrize("what", BODIES)
def test_many_large_bodies_at_once_kill_no_worker(stack: "Stack", what: str) -> None:
    """However many are parsed, for the API or without an account for the admin site."""
    stack.forget_throttles()
    account = stack.account()
    token = {"Authorization": f"Token {account.token}"}
    host = f"localhost:{stack.client.https_port}"
    method, path, content, headers = BODIES[what]
    # Without both of these nobody's form is read.
    same = {"Origin": f"https://{host}", "Cookie": f"csrftoken={'a' * 32}"}

    def send(_: int) -> "Answer":
        """Send a body as large as may be."""
        sent = {**headers, **(token if method == "PATCH" else same)}
        return stack.client.request(method, path, content, sent)

    def read(_: int) -> "Answer":
        """Ask for something that needs a thread and a connection."""
        return stack.client.get("/api/v1/users/me/", **token)

    before = sorted(stack.pids("app"))
    with ThreadPoolExecutor(60) as pool, ThreadPoolExecutor(1) as bystander:
        served = bystander.map(read, range(20))
        answers = list(pool.map(send, range(150)))
    assert {answer.status for answer in served} == {200}
    assert {answer.status for answer in answers} <= {400, 403, 429, 503}
    assert {400, 403} & {answer.status for answer in answers}
    assert sorted(stack.pids("app")) == before
