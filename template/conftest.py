"""What every test runs under, and the global fixtures for the tests of all apps.

pytest shows the fixtures of ``tests/conftest.py`` to ``tests/`` alone; importing them
here, by name, shows them to ``apps/*/tests/`` too.
"""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django_strict.fixtures import (  # noqa: F401 - pytest finds them by name
    clean_caches,
    closed_port,
    dead_database,
    dead_redis,
    immediate_tasks,
    session_settings,
)

from tests.conftest import (  # noqa: F401 - as above
    api,
    as_staff,
    as_user,
    browser,
    log_lines,
    login,
    staff,
    user,
)


# First, so that pytest-socket finds its option set when its own turn comes.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: "pytest.Config") -> None:
    """Make warnings errors and block every connection that leaves this machine.

    The Redis that the environment names may be elsewhere; PostgreSQL's driver opens no
    Python socket.
    """
    config.addinivalue_line("filterwarnings", "error")
    caches = settings.CACHES.values()
    servers = {urlsplit(cache.get("LOCATION", "")).hostname or "" for cache in caches}
    config.option.allow_hosts = ",".join({"127.0.0.1", "::1", "localhost", *servers})
