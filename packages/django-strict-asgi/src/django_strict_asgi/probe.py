"""The container's health check: exit 0 when this machine's app says it is healthy.

Runs on its own every few seconds, so it imports neither Django nor the settings, and
speaks HTTP through a bare socket: the standard library's client costs ten times as much.
"""

import socket
import sys
import time
from pathlib import Path
from typing import Final

ADDRESS: Final = ("127.0.0.1", 8000)
TIMEOUT: Final = 4.0  # seconds; below the timeout of HEALTHCHECK
SILENCE: Final = 30.0  # seconds; the queue's worker gives a sign every five


def status() -> int:
    """Ask for the health check, as nginx would, and follow no redirect.

    Raises:
        OSError: If nothing answers in time, or not in HTTP.

    Returns:
        The answer's status code.
    """
    request = (
        "GET /api/health/ HTTP/1.1\r\nHost: localhost\r\n"
        "X-Forwarded-Proto: https\r\nUser-Agent: probe\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(ADDRESS, TIMEOUT) as connection:
        connection.settimeout(TIMEOUT)
        connection.sendall(request.encode("ascii"))
        with connection.makefile("rb") as answer:
            words = answer.readline(200).split()
    if len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004 - version, status
        message = "the answer is not HTTP"
        raise OSError(message)
    return int(words[1])


def main() -> int:
    """Run the health check, or judge by its age the file that the queue's worker touches.

    Returns:
        Exit code for Docker: 0 healthy, 1 not.
    """
    try:
        if sys.argv[1:]:
            age = time.time() - Path(sys.argv[1]).stat().st_mtime
            sys.stdout.write(f"last sign of life {age:.0f} s ago\n")
            return 0 if age < SILENCE else 1
        code = status()
    except OSError as error:
        sys.stdout.write(f"no answer: {error}\n")
        return 1
    sys.stdout.write(f"status {code}\n")
    return 0 if code == 200 else 1  # noqa: PLR2004 - http costs an import


if __name__ == "__main__":
    sys.exit(main())
