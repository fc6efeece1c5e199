"""Tests touch nothing of the developer who runs them, and no other machine."""

import socket
import warnings

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from pytest_socket import SocketConnectBlockedError


@pytest.mark.parametrize("alias", ["default", "sessions"])
def test_redis_answers(alias: str) -> None:
    """The cache is a real one: it does not only hide that it misses."""
    caches[alias].set("key", {"a": [1, "ä"]})
    assert caches[alias].get("key") == {"a": [1, "ä"]}


@pytest.mark.django_db
def test_database_is_a_postgresql_of_the_tests() -> None:
    """The developer's own database has another name."""
    assert connection.vendor == "postgresql"
    assert connection.settings_dict["NAME"].startswith("test_")


def test_mails_stay_here() -> None:
    """No test sends a mail, whatever the environment names as server."""
    backends = {mailer["BACKEND"] for mailer in settings.MAILERS.values()}
    assert backends == {"django.core.mail.backends.locmem.EmailBackend"}


@pytest.mark.parametrize("host", ["192.0.2.1", "203.0.113.9", "2001:db8::1"])
def test_other_machines_cannot_be_reached(host: str) -> None:
    """A forgotten call of a foreign service fails here and not in production."""
    with (
        pytest.warns(UserWarning, match="socket.connect"),
        pytest.raises(SocketConnectBlockedError),
    ):
        socket.create_connection((host, 80), timeout=1)


def test_warning_is_an_error() -> None:
    """A deprecation is noticed on the day it appears."""
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)
