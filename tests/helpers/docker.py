"""Whether a Docker engine is there."""

import functools
import subprocess


@functools.cache
def engine_answers() -> bool:
    """Ask the engine for its version.

    Returns:
        True if one answers within ten seconds.
    """
    try:
        done = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],
            check=False,
            capture_output=True,
            timeout=10,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
