"""A process that uses the embedded servers of a folder."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

TEMPLATE: Final = Path(__file__).resolve().parents[2] / "template"
ANSWER_SECONDS: Final = 60.0
SCRIPT: Final = """
import json, os, sys
from dataclasses import asdict
from pathlib import Path
from django_strict.embedded import acquire
addresses = acquire(Path(sys.argv[1]))
if sys.argv[2] == "fork" and os.fork():
    os._exit(0)
print(json.dumps({**asdict(addresses), "pid": os.getpid()}), flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process got.

    Attributes:
        database_url: URL of the database.
        redis_url: URL of the Valkey server.
        pid: The process that holds the lease.
    """

    database_url: str
    redis_url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Shared:
    """Servers that several tests look at.

    Attributes:
        folder: Their folder.
        answer: Their addresses.
    """

    folder: Path
    answer: Answer


class User:
    """A process that uses the servers until it is told to end."""

    def __init__(
        self, folder: Path, *, wrapper: "Sequence[str]" = (), fork: bool = False
    ) -> None:
        """Start the process without waiting for the servers.

        Args:
            folder: The folder of the servers.
            wrapper: A command that starts the process as somebody else.
            fork: Whether to leave the lease to a forked child.
        """
        how = "fork" if fork else "stay"
        self._process = subprocess.Popen(
            [*wrapper, sys.executable, "-c", SCRIPT, str(folder), how],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._answer: Answer | None = None

    def __enter__(self) -> Self:
        """Use the process in a block.

        Returns:
            The process.
        """
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        """End the process.

        Args:
            kind: The type of what went wrong in the block.
            error: What went wrong in the block.
            trace: Where it went wrong.
        """
        self.end()

    def answer(self) -> Answer:
        """Wait until the process has its addresses.

        Raises:
            AssertionError: If it failed; the message is what it said.

        Returns:
            What it got.
        """
        if self._answer is None:
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
            if not line:
                raise AssertionError(self.complaint())
            self._answer = Answer(**json.loads(line))
        return self._answer

    def complaint(self) -> str:
        """Wait for the process to end by itself.

        Returns:
            What it wrote to standard error.
        """
        _, said = self._process.communicate(timeout=ANSWER_SECONDS)
        return str(said)

    def kill(self) -> None:
        """End the process without giving it a chance to clean up."""
        self._process.kill()
        self.end()

    def end(self) -> None:
        """End the process in good order."""
        if self._process.stdout is not None and not self._process.stdout.closed:
            self._process.communicate(timeout=ANSWER_SECONDS)


def environment() -> dict[str, str]:
    """Build the environment in which the template's packages can be imported.

    Returns:
        This process's environment with the template on the import path.
    """
    return {**os.environ, "PYTHONPATH": str(TEMPLATE), "PYTHONDONTWRITEBYTECODE": "1"}
