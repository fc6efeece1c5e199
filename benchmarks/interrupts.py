"""Ending in order when a signal says so, or after far too long."""

import signal
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

REASONS: Final = {
    signal.SIGINT: "Interrupted",
    signal.SIGTERM: "Told to end",
    signal.SIGALRM: "Took far too long",
}
# For each step of the stopping; a server may take 40.
STOP_SECONDS: Final = 60


def end_in_order(seconds: int) -> None:
    """Turn signals into exceptions, so that servers are stopped and folders deleted.

    Args:
        seconds: After this time the program ends by itself.
    """
    for number in REASONS:
        signal.signal(number, _leave)
    signal.alarm(seconds)


def _leave(number: int, frame: "FrameType | None") -> None:
    """Leave through all blocks.

    Args:
        number: The signal.
        frame: Where it came.
    """
    del frame
    # A second Ctrl-C, or the same one passed on by uv, must not cut the stopping short.
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(STOP_SECONDS)
    reason = REASONS[signal.Signals(number)]
    print(f"{reason}: stopping the servers ...", file=sys.stderr, flush=True)
    sys.exit(1)


def _give_up(number: int, frame: "FrameType | None") -> None:
    """Leave a step of the stopping that does not end; the others have their turn.

    Args:
        number: The signal.
        frame: Where it came.
    """
    del number, frame
    signal.alarm(STOP_SECONDS)
    print("A step of the stopping does not end: going on.", file=sys.stderr, flush=True)
    sys.exit(1)
