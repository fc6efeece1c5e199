"""What every test runs under, and the global fixtures for the tests of all apps.

pytest shows the fixtures of ``tests/conftest.py`` to ``tests/`` alone; importing them
here, by name, shows them to ``apps/*/tests/`` too.
"""

import pytest

from tests.conftest import (
    api,
    as_staff,
    as_user,
    behind_proxy,
    browser,
    clean_caches,
    closed_port,
    configured_hashers,
    dead_database,
    dead_redis,
    immediate_tasks,
    log_lines,
    login,
    session_settings,
    silent_port,
    staff,
    user,
)
from tests.network import allowed_hosts

__all__ = [
    "api",
    "as_staff",
    "as_user",
    "behind_proxy",
    "browser",
    "clean_caches",
    "closed_port",
    "configured_hashers",
    "dead_database",
    "dead_redis",
    "immediate_tasks",
    "log_lines",
    "login",
    "session_settings",
    "silent_port",
    "staff",
    "user",
]


# First, so that pytest-socket finds its option set when its own turn comes.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: "pytest.Config") -> None:
    """Make warnings errors and block every connection that leaves this machine."""
    config.addinivalue_line("filterwarnings", "error")
    config.option.allow_hosts = ",".join(allowed_hosts())
