"""Telling people how far a long run is."""

import time


class Progress:
    """Prints a line for each step, with the seconds since the start."""

    def __init__(self) -> None:
        """Start the clock."""
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def __call__(self, step: str) -> None:
        """Tell that a step begins.

        Args:
            step: What it does.
        """
        print(f"[{self.seconds:5.0f} s] {step}", flush=True)
