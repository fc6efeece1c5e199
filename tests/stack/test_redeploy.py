"""A new release over a running stack: what clients see, and what stays."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.repository import git
from tests.stack.load import Load
from tests.stack.stack import docker

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stack.stack import Stack

pytestmark = pytest.mark.docker
SERVICES = ("app", "nginx", "site", "migrate", "worker")
PATIENCE: Final = 600.0  # seconds
READS: Final = 40  # a second
WRITES: Final = 10
HEADER: Final = "add_header Permissions-Policy $permissions_policy always;"
STYLE: Final = "static/release.css"
# Asks for tasks for some time, and prints their number.
ENQUEUE: Final = """
import time, django
django.setup()
from apps.users.tasks import clear_sessions
end, results = time.monotonic() + {seconds}, []
while time.monotonic() < end:
    results.append(clear_sessions.enqueue())
    time.sleep(0.2)
time.sleep(1)
for result in results:
    while not result.is_finished:
        time.sleep(0.2)
        result.refresh()
print([result.status.value for result in results].count("SUCCESSFUL") == len(results))
"""


@dataclass(frozen=True, slots=True)
class Redeploy:
    """What happened while a new release was started.

    Attributes:
        reads: Answers to requests that may be sent twice.
        writes: Answers to requests that may not: the app refuses them.
        nginx: The container of nginx before, and since when it ran.
        replicas: The app's containers before.
        worker: The worker's container before.
    """

    reads: Load
    writes: Load
    nginx: tuple[str, str]
    replicas: set[str]
    worker: str


def nginx_of(stack: "Stack") -> tuple[str, str]:
    """Tell one run of nginx from another.

    Args:
        stack: The stack.

    Returns:
        Its container, and since when it runs.
    """
    found = stack.inspect("nginx")
    return found["Id"], found["State"]["StartedAt"]


def replicas_of(stack: "Stack") -> set[str]:
    """List the app's containers, ended ones included.

    Args:
        stack: The stack.

    Returns:
        Their ids.
    """
    return set(stack.compose("ps", "--all", "--quiet", "app").split())


def edit(path: "Path", old: str, new: str) -> None:
    """Change a file of the project.

    Args:
        path: The file.
        old: What stands there once.
        new: What takes its place.
    """
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def redeploy(stack: "Stack") -> Iterator[Redeploy]:
    """Start a release with other code, configuration and static files, under load.

    Args:
        stack: The stack; it runs two replicas meanwhile, and the release it had after.

    Yields:
        What happened.
    """
    stack.poe("stack", "--no-build", "--scale", "2")
    before = nginx_of(stack), replicas_of(stack), stack.container("worker")
    core = stack.folder / "apps" / "core"
    style = core / STYLE
    try:
        edit(core / "healthcheck.py", '"alive"', '"awake"')
        header = f"{HEADER} add_header X-Release new always;"
        edit(stack.folder / "nginx" / "nginx.conf", HEADER, header)
        style.parent.mkdir()
        style.write_text("a {}\n")
        reads = Load(stack.client, rate=READS, limit=PATIENCE)
        writes = Load(stack.client, method="POST", rate=WRITES, limit=PATIENCE)
        with reads, writes:
            time.sleep(1)
            stack.poe("stack")
            time.sleep(2)
        yield Redeploy(reads, writes, *before)
    finally:
        git(stack.folder, "checkout", "--quiet", ".")
        git(stack.folder, "clean", "--quiet", "--force", "-d", "apps")
        stack.poe("stack", "--scale", "1")


def test_a_redeploy_loses_no_request(redeploy: Redeploy) -> None:
    """Under 50 requests a second, writes among them, all are answered by the app."""
    assert redeploy.reads.errors == redeploy.writes.errors == []
    assert {answer.status for answer in redeploy.reads.answers} == {200}
    assert {answer.status for answer in redeploy.writes.answers} == {403}
    words = {answer.json()["status"] for answer in redeploy.reads.answers}
    assert words == {"alive", "awake"}


def test_every_replica_is_replaced_and_their_number_remembered(
    stack: "Stack", redeploy: Redeploy
) -> None:
    """Two ran, two run, and nobody had to say it again."""
    found = replicas_of(stack)
    assert len(found) == len(redeploy.replicas) == 2
    assert not found & redeploy.replicas


def test_the_worker_is_replaced_without_losing_a_task(
    stack: "Stack", redeploy: Redeploy
) -> None:
    """Whatever is asked for while no worker runs, waits for the next one."""
    assert stack.container("worker") != redeploy.worker
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(stack.python, "app", ENQUEUE.format(seconds=20))
        stack.compose("up", "--detach", "--wait", "--force-recreate", "worker")
        assert asked.result() == "True\n"


def test_nginx_takes_a_release_up_without_a_restart(
    stack: "Stack", redeploy: Redeploy
) -> None:
    """Its container stays; configuration and static files are the new ones."""
    assert nginx_of(stack) == redeploy.nginx
    answer = stack.client.get("/api/health/live/")
    assert (answer.json(), answer.one("x-release")) == ({"status": "awake"}, "new")
    assert stack.client.get(f"/{STYLE}").body == b"a {}\n"


def test_another_start_replaces_nothing(stack: "Stack", redeploy: Redeploy) -> None:
    """The same release and environment are left as they are."""
    before = replicas_of(stack)
    stack.poe("stack", "--no-build")
    assert replicas_of(stack) == before
    assert nginx_of(stack) == redeploy.nginx


def test_a_container_of_compose_run_is_no_replica(stack: "Stack") -> None:
    """Somebody works in it: no request goes there, and no release ends it."""
    before = replicas_of(stack)
    python = ("--entrypoint", "/app/.venv/bin/python", "app", "-c")
    sleep = "import time; time.sleep(600)"
    own = stack.compose("run", "--rm", "--detach", "--no-deps", *python, sleep).strip()
    try:
        stack.poe("stack", "--no-build")
        assert docker("inspect", "--format={{.State.Running}}", own) == "true\n"
    finally:
        docker("rm", "--force", own, check=False)
    assert replicas_of(stack) == before


def test_a_release_that_does_not_start_replaces_nothing(
    stack: "Stack", redeploy: Redeploy
) -> None:
    """Its reason is shown, and clients notice nothing."""
    before = replicas_of(stack)
    # Compose reads it by itself. The app's variables are right, which is tried before.
    path = stack.folder / "compose.override.yml"
    path.write_text("services: {app: {command: [--nonsense]}}")
    try:
        with Load(stack.client, rate=READS, limit=PATIENCE) as load:
            said = stack.poe("stack", "--no-build", check=False)
    finally:
        path.unlink()
    assert "unrecognized arguments: --nonsense" in said
    assert "The old ones run on." in said
    assert load.errors == []
    assert {answer.status for answer in load.answers} == {200}
    assert replicas_of(stack) == before
    assert nginx_of(stack) == redeploy.nginx


def test_a_broken_configuration_of_nginx_replaces_nothing(
    stack: "Stack", redeploy: Redeploy
) -> None:
    """It is tried before anything changes, and said what is wrong with it."""
    before = replicas_of(stack)
    path = stack.folder / "nginx" / "include" / "limits.conf"
    kept = path.read_text()
    try:
        path.write_text(f"{kept}nonsense on;\n")
        said = stack.poe("stack", check=False)
    finally:
        path.write_text(kept)
    assert 'unknown directive "nonsense"' in said
    assert "The old release serves on" in said
    assert replicas_of(stack) == before
    assert nginx_of(stack) == redeploy.nginx
    config = "/srv/current/nginx/nginx.conf"
    stack.compose("exec", "-T", "nginx", "nginx", "-t", "-q", "-c", config)
    assert stack.client.get("/api/health/live/").status == 200


def test_static_files_of_the_release_before_stay(
    stack: "Stack", redeploy: Redeploy
) -> None:
    """For pages that browsers loaded before; fewer replicas cost no request either."""
    listed = ("exec", "-T", "nginx", "ls", "/srv/static")
    hashed = re.findall(r"release\.[0-9a-f]{12}\.css", stack.compose(*listed))
    assert len(hashed) == 1
    style = stack.folder / "apps" / "core" / STYLE
    style.write_text("b {}\n")
    with Load(stack.client, rate=READS, limit=PATIENCE) as load:
        stack.poe("stack", "--scale", "1")
    assert load.errors == []
    assert {answer.status for answer in load.answers} == {200}
    assert stack.client.get(f"/static/{hashed[0]}").body == b"a {}\n"
    assert stack.client.get(f"/{STYLE}").body == b"b {}\n"
    assert len(replicas_of(stack)) == 1
    assert nginx_of(stack) == redeploy.nginx
