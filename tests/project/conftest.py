"""The default project, served as its README says."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.helpers.serving import Server, serving

if TYPE_CHECKING:
    from tests.helpers.project import Project


@pytest.fixture(scope="module")
def server(project: "Project") -> Iterator[Server]:
    """Serve the default project from a path with spaces.

    Args:
        project: The project.

    Yields:
        The running server.
    """
    with serving(project) as server:
        yield server
