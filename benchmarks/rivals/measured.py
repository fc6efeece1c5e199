"""A task that notes when it was sent and when it ran, for the queue of any project."""

import os
import time
from pathlib import Path

from django.tasks import task

# Lines this short are appended whole, whichever thread or process writes them.
NOTES = Path(os.environ["NOTES"])
IS_BARE = os.environ.get("QUEUE") == "procrastinate.contrib.django"


def write(sent: float) -> None:
    """Note both times."""
    with NOTES.open("a") as notes:
        notes.write(f"{sent} {time.time()}\n")


if IS_BARE:
    from procrastinate.contrib.django import app

    note = app.task(write, name="measured.note", queue="default")
    enqueue = note.defer
else:

    @task
    def note(sent: float) -> None:
        """Note both times."""
        write(sent)

    enqueue = note.enqueue


def main(count: int, pause: float) -> float:
    """Enqueue so often, each time in a transaction; returns the seconds that it took."""
    began = time.perf_counter()
    for _ in range(count):
        enqueue(sent=time.time())
        time.sleep(pause)
    return time.perf_counter() - began
