"""TCP ports on the loopback interface."""

import secrets
import socket
from typing import Final

from django_strict.embedded.errors import OWN_SERVERS, EmbeddedError

HOST: Final = "127.0.0.1"
# Below the range from which systems take the local ports of outgoing connections
# (from 32768 on Linux, from 49152 on macOS): a server that comes back after a crash
# must find its port free.
FIRST: Final = 20_000
COUNT: Final = 10_000
TRIES: Final = 200
CONNECT_SECONDS: Final = 1.0


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a port.

    Args:
        port: The port to try.

    Returns:
        Whether nobody listens there.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: connections that just ended must not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Tell whether someone accepts connections on a port.

    Args:
        port: The port to try.

    Returns:
        Whether a connection was made (and closed again).
    """
    try:
        with socket.create_connection((HOST, port), timeout=CONNECT_SECONDS):
            return True
    except OSError:
        return False


def choose(*, but: int | None = None) -> int:
    """Choose a free port at random.

    Args:
        but: A port that must not be chosen.

    Raises:
        EmbeddedError: If none was found.

    Returns:
        A port that was free a moment ago.
    """
    for _ in range(TRIES):
        port = FIRST + secrets.randbelow(COUNT)
        if port != but and is_free(port):
            return port
    message = (
        f"No free TCP port found between {FIRST} and {FIRST + COUNT - 1} on {HOST} for "
        f"the embedded servers. {OWN_SERVERS}"
    )
    raise EmbeddedError(message)
