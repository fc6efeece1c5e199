"""A steady, bounded load of requests."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

    from tests.stack.client import Answer, Client

RATE: Final = 50  # requests a second
LIMIT: Final = 60.0  # seconds
THREADS: Final = 30


@dataclass(slots=True)
class Load:
    """Sends requests at a fixed rate while a ``with`` block runs.

    The path touches no server behind the app: what a starting app finds out about its
    database has tests of its own.

    Attributes:
        client: Where to send them.
        path: What to ask for.
        method: How to ask.
        rate: Requests a second.
        limit: Seconds after which it stops by itself.
        answers: What came back.
        errors: What did not come back: connections refused or broken off.
    """

    client: "Client"
    path: str = "/api/health/live/"
    method: str = "GET"
    rate: int = RATE
    limit: float = LIMIT
    answers: list["Answer"] = field(default_factory=list)
    errors: list[OSError] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS)
    )
    _pace: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start sending.

        Returns:
            The load.
        """
        self._pace = threading.Thread(target=self._send_steadily)
        self._pace.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        """Stop sending and wait for the last answers.

        Args:
            kind: Type of what went wrong in the block.
            error: What went wrong.
            traceback: Where.
        """
        self._stopped.set()
        if self._pace is not None:
            self._pace.join()
        self._pool.shutdown(wait=True)

    def count(self, status: int) -> int:
        """Count answers.

        Args:
            status: Their status.

        Returns:
            How many had it.
        """
        return sum(answer.status == status for answer in list(self.answers))

    def _send_steadily(self) -> None:
        """Submit requests at the rate, whatever happens to the others."""
        started = time.monotonic()
        number = 0
        while not self._stopped.is_set() and time.monotonic() - started < self.limit:
            self._pool.submit(self._send)
            number += 1
            self._stopped.wait(
                max(0.0, started + number / self.rate - time.monotonic())
            )

    def _send(self) -> None:
        """Send one request and note what came of it."""
        try:
            self.answers.append(self.client.request(self.method, self.path))
        except OSError as error:
            self.errors.append(error)
