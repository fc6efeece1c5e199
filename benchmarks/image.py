"""Measuring the production image."""

import secrets
import subprocess
from typing import TYPE_CHECKING

from benchmarks.groups import SECONDS, output
from tests.helpers.docker import engine_answers

if TYPE_CHECKING:
    from tests.helpers.project import Project


def megabytes(project: "Project") -> float | None:
    """Build the image as `poe stack` does, and ask the engine for its size.

    Args:
        project: The project.

    Returns:
        Megabytes (10**6 bytes, as Docker counts); None without an engine.
    """
    if not engine_answers():
        return None
    name = f"benchmark-{secrets.token_hex(4)}"
    variables = project.variables({"IMAGE_NAME": name})
    image = f"{name}-app:latest"
    output(["uv", "run", "poe", "stack-env"], project.folder, project.variables({}))
    try:
        build = ["docker", "compose", "--env-file", ".env.stack", "build", "app"]
        output(build, project.folder, variables)
        inspect = ["docker", "image", "inspect", "--format={{.Size}}", image]
        size = output(inspect, project.folder, variables)
    finally:
        subprocess.run(
            ["docker", "image", "rm", "--force", image],
            check=False,
            capture_output=True,
            timeout=SECONDS,
        )
    # Warnings may stand before it.
    return int(size.split()[-1]) / 1_000_000
