"""Waiting longer and longer before a server that keeps ending is started again."""

import time
from typing import Final

FIRST_SECONDS: Final = 0.5
MOST_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 10.0


class Backoff:
    """Tells when to try again: at once after a long life, later after short ones."""

    def __init__(self) -> None:
        """Start without a wait."""
        self._started = 0.0
        self._wait = 0.0

    def note_alive(self) -> None:
        """Forget earlier failures once the server has lived for a while."""
        if time.monotonic() - self._started > STEADY_SECONDS:
            self._wait = 0.0

    def note_start(self) -> None:
        """Note a try, so that the next one waits longer."""
        self._started = time.monotonic()
        self._wait = min(MOST_SECONDS, self._wait * 2 or FIRST_SECONDS)

    def is_over(self) -> bool:
        """Tell whether the server may be started.

        Returns:
            Whether the wait since the last try is over.
        """
        return time.monotonic() - self._started >= self._wait
