"""The environment variables of the background processes."""

import os


def environment() -> dict[str, str]:
    """Build the servers' environment, free of a developer's PG* and LC_* variables.

    Returns:
        Variables that make messages English and times UTC.
    """
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "LC_ALL": "C", "TZ": "UTC"}
