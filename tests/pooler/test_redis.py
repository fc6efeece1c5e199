"""Redis behind sentinels, behind TLS and in a cluster, judged inside a rendered project."""

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.helpers.repository import ROOT

if TYPE_CHECKING:
    from tests.helpers.project import Project


@pytest.mark.skipif(
    not shutil.which("redis-server"),
    reason="needs a Redis with TLS: apt-get install redis-server",
)
def test_everything_inside_passes(project: "Project") -> None:
    """A rendered project's own pytest runs the tests, and names those that fail."""
    target = project.folder / "tests" / "redis"
    inside = ROOT / "tests" / "pooler" / "inside"
    shutil.copytree(inside, target, ignore=shutil.ignore_patterns("__pycache__"))
    try:
        output = project.run("uv", "run", "pytest", "-q", "--no-cov", "tests/redis")
    finally:
        shutil.rmtree(target)
    assert " passed" in output
    assert not re.search(r"\d skipped", output)
