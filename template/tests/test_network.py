"""Tests reach nothing beyond this machine."""

import socket
import warnings

import pytest
from pytest_socket import SocketConnectBlockedError


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
