"""Fixtures: a project that sends its traces, metrics and errors to a collector."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.asgi.serving import Backends, Served, serving
from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.telemetry.collector import Collector, collecting

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def own(
    clone: "Path", environment_folder: "Path", tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Render a project with the answer on.

    Args:
        clone: The template.
        environment_folder: The virtual environment beside which its own one lies.
        tmp_path_factory: Where to put it.

    Returns:
        The project.
    """
    folder = tmp_path_factory.mktemp("telemetry") / "project"
    project = render(clone, {"telemetry": True}, folder)
    own = Project(project, environment_folder.with_name("telemetry")).commit()
    own.run("uv", "sync", "--quiet")
    return own


@pytest.fixture(scope="session")
def backends(own: Project, tmp_path_factory: pytest.TempPathFactory) -> Backends:
    """Start servers that nobody else uses.

    Args:
        own: The project, whose packages are installed with it.
        tmp_path_factory: Where to put them.

    Returns:
        The servers.
    """
    del own
    return Backends(tmp_path_factory.mktemp("backends"))


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Listen for what the project sends.

    Yields:
        What came in.
    """
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
def served(
    own: Project,
    backends: Backends,
    collector: Collector,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """Serve the project by gunicorn, loaded once and forked twice.

    Args:
        own: The project.
        backends: Its servers.
        collector: Where it sends.
        tmp_path_factory: Where to put the log.

    Yields:
        The running project.
    """
    folder = tmp_path_factory.mktemp("served")
    with serving(own, backends, folder, log=None, **collector.variables) as running:
        yield running
