"""What PostgreSQL and the Redis-protocol server say about themselves."""

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from benchmarks import kernel

if TYPE_CHECKING:
    from pathlib import Path

# A line of PostgreSQL's log for each statement, by the simple or the extended protocol.
STATEMENT: Final = re.compile(rb"LOG:  (?:statement|execute [^:]+): ")
RELOADED: Final = b"received SIGHUP, reloading configuration files"
SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Behind:
    """The servers behind a project, in the folder that `django_strict.embedded` made.

    Attributes:
        folder: The folder.
        redis_url: Address of the Redis-protocol server.
    """

    folder: "Path"
    redis_url: str

    @property
    def postmaster(self) -> int:
        """The id of PostgreSQL's main process."""
        text = (self.folder / "postgres" / "postmaster.pid").read_text()
        return int(text.split()[0])

    def cpu_seconds(self) -> float:
        """Add up what both servers have computed, ended connections included.

        Returns:
            Seconds of processor time.
        """
        info = self.information()
        redis = float(info["used_cpu_user"]) + float(info["used_cpu_sys"])
        return kernel.family_seconds(self.postmaster) + redis

    def information(self) -> dict[str, str]:
        """Ask the Redis-protocol server for its counters.

        Returns:
            The values by name.
        """
        url = urlsplit(self.redis_url)
        address = (url.hostname or "", url.port or 0)
        with socket.create_connection(address, SECONDS) as client:
            answers = client.makefile("rb")
            _send(client, "AUTH", unquote(url.password or ""))
            answers.readline()
            _send(client, "INFO", "everything")
            size = int(answers.readline()[1:])
            lines = answers.read(size).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def round_trips(self) -> int:
        """Count the messages that the Redis-protocol server has read.

        Returns:
            Their number; asking adds a few, the same number each time.
        """
        return int(self.information()["total_reads_processed"])

    @contextmanager
    def statements(self) -> Iterator["Log"]:
        """Have PostgreSQL write down all statements until the block ends.

        Yields:
            Counts them.
        """
        configuration = self.folder / "postgres" / "postgresql.conf"
        original = configuration.read_bytes()
        log = Log(self.folder / "postgres.log")
        try:
            self._configure(original + b"\nlog_statement = 'all'\n", log)
            yield log
        finally:
            self._configure(original, log)

    def _configure(self, text: bytes, log: "Log") -> None:
        """Give PostgreSQL another configuration, and wait until it has read it.

        Args:
            text: The configuration.
            log: Where it says so.

        Raises:
            TimeoutError: If it does not.
        """
        before = log.count(RELOADED)
        configuration = self.folder / "postgres" / "postgresql.conf"
        configuration.write_bytes(text)
        os.kill(self.postmaster, signal.SIGHUP)
        deadline = time.monotonic() + SECONDS
        while log.count(RELOADED) == before:
            if time.monotonic() > deadline:
                message = f"PostgreSQL did not reload {configuration}."
                raise TimeoutError(message)
            time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Log:
    """PostgreSQL's log.

    Attributes:
        path: Its file.
    """

    path: "Path"

    def statements(self) -> int:
        """Count the statements in it.

        Returns:
            Their number.
        """
        return len(STATEMENT.findall(self.path.read_bytes()))

    def count(self, words: bytes) -> int:
        """Count words in it.

        Args:
            words: The words.

        Returns:
            How often they stand there.
        """
        return self.path.read_bytes().count(words)


def _send(client: socket.socket, *words: str) -> None:
    """Send a command as the Redis protocol writes it.

    Args:
        client: The connection.
        *words: The command.
    """
    parts = [word.encode() for word in words]
    body = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    client.sendall(b"*%d\r\n%s" % (len(parts), body))
