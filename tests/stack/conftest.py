"""Fixtures that build and boot stacks, and remove them whatever happened."""

import secrets
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.stack.client import Client
from tests.stack.stack import Stack, docker

STACK_FIXTURES = ("stack", "every_stack")
NGINX: Final = "nginx:stable-alpine"
NGINX_WITH_STREAM: Final = "django-strict-test-nginx"


@pytest.fixture(scope="session")
def boot(
    clone: Path, environment_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Stack]]:
    """Offer to boot a stack for a Debian release, once each.

    Args:
        clone: The template.
        environment_folder: Virtual environment of the projects.
        tmp_path_factory: Where to put them.

    Yields:
        A function from a release to its running stack.
    """
    started: dict[str, Stack] = {}
    ready: set[str] = set()

    def boot_once(release: str) -> Stack:
        """Start the stack of a release, unless it runs or failed."""
        if release in started and release not in ready:
            pytest.fail("The stack did not start; the first failure says why.")
        if release not in started:
            # A name of its own: two runs on one machine must not meet.
            name = f"stack-{release}-x{secrets.token_hex(3)}"
            folder = tmp_path_factory.mktemp(release) / "a project"
            answers = {"project_slug": name, "debian_release": release}
            project = Project(render(clone, answers, folder), environment_folder)
            # What lies about on a developer's machine and must not reach an image.
            (project.folder / ".env").write_text(f"LEAK={name}-leak\n")
            # As a narrow umask leaves a checkout: nobody else may read it.
            subprocess.run(["chmod", "-R", "go=", folder], check=True)
            # The other stack has the image as this machine has it.
            nginx = with_stream() if release == "bookworm" else NGINX
            started[release] = Stack(
                project.commit(), name, Client(free_port(), free_port()), nginx
            )
            started[release].poe("stack")
            ready.add(release)
        return started[release]

    try:
        yield boot_once
    finally:
        for stack in started.values():
            remove(stack)


@pytest.fixture(scope="session")
def stack(boot: Callable[[str], Stack]) -> Stack:
    """Boot the stack of the default release.

    Args:
        boot: Boots stacks.

    Returns:
        The running stack.
    """
    return boot("bookworm")


@pytest.fixture(scope="session", params=["bookworm", "trixie"])
def every_stack(request: pytest.FixtureRequest, boot: Callable[[str], Stack]) -> Stack:
    """Boot the stack of each release.

    Args:
        request: Names the release.
        boot: Boots stacks.

    Returns:
        The running stack.
    """
    return boot(request.param)


def pytest_exception_interact(node: pytest.Item, report: pytest.TestReport) -> None:
    """Add the logs of the services that a module is about to its failures.

    Args:
        node: The test.
        report: What will be shown about it.
    """
    if not isinstance(node, pytest.Function):
        return
    stacks = [node.funcargs.get(name) for name in STACK_FIXTURES]
    for stack in [found for found in stacks if isinstance(found, Stack)]:
        services = getattr(node.module, "SERVICES", ())
        title = f"logs of {', '.join(services) or 'all services'}"
        report.sections.append((title, stack.logs(services)))


def with_stream() -> str:
    """Name an nginx that can count connections, as the published image can.

    Returns:
        The published image; where another one goes by its name that lacks the module, one
        made of it and Debian's module for that version.
    """
    if "--with-stream " in docker("run", "--rm", NGINX, "sh", "-c", "nginx -V 2>&1"):
        return NGINX
    folder = str(Path(__file__).with_name("nginx_with_stream"))
    docker("build", "--quiet", "--tag", NGINX_WITH_STREAM, folder)
    return NGINX_WITH_STREAM


def free_port() -> int:
    """Find a port that nobody listens at.

    Returns:
        The port.
    """
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def remove(stack: Stack) -> None:
    """Remove everything of a stack: containers, networks, volumes and images.

    Args:
        stack: The stack.
    """
    stack.compose(
        "--profile", "*", "down", "--volumes", "--remove-orphans", check=False
    )
    images = [stack.image(kind) for kind in ("app", "manage", "nginx")]
    docker("image", "rm", "--force", *images, check=False)
