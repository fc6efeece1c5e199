"""Tasks that come to grief, and a worker that is sooner sure of it than a real one."""

import os
import signal
import time
from pathlib import Path

from django.core.mail import send_mail
from django.tasks import task

from django_strict_asgi import queue_worker
from django_strict_asgi.queue import policy


def note(name: str, word: str) -> None:
    """Add a line to a file, which a test reads."""
    with Path(name).open("a", encoding="utf-8") as file:
        file.write(f"{word}\n")


@task
def write(name: str, word: str) -> str:
    """Do some work."""
    note(name, word)
    return word


@task
def write_slowly(name: str, seconds: float) -> None:
    """Take a while, and say so when it is over."""
    note(name, "begun")
    time.sleep(seconds)
    note(name, "done")


@task
@policy(attempts=1)
def write_once(name: str, seconds: float) -> None:
    """Never run twice."""
    note(name, "begun")
    time.sleep(seconds)


@task
@policy(key=lambda _, key: key)
def write_in_turn(name: str, key: str) -> None:
    """Run alone among those of one key."""
    note(name, f"{key} begins")
    time.sleep(0.3)
    note(name, f"{key} ends")


@task
@policy(attempts=2, seconds=1)
def hang(name: str) -> None:
    """Never end."""
    note(name, "hangs")
    time.sleep(3600)


@task
@policy(attempts=2)
def fail(name: str) -> None:
    """Fail each time."""
    note(name, "fails")
    message = "It is poison."
    raise LookupError(message)


@task
@policy(attempts=2)
def kill_worker(name: str) -> None:
    """Take the whole process along."""
    note(name, "kills")
    os.kill(os.getpid(), signal.SIGKILL)


@task
def send_but_die(name: str) -> None:
    """Send a mail, but not before three workers have died of it."""
    note(name, "tries")
    if len(Path(name).read_text().splitlines()) <= 3:
        os.kill(os.getpid(), signal.SIGKILL)
    send_mail("At last", "Text", None, ["ada@example.com"])


@task
@policy(schedule="* * * * * *" if "TICKS" in os.environ else "")
def tick() -> None:
    """Run every second, where a test asks for it."""
    note(os.environ["TICKS"], str(time.time()))


def work() -> None:
    """Be a worker that is sooner sure that another one is dead."""
    queue_worker.SILENCE = 2  # type: ignore[misc]
    queue_worker.SIGN_OF_LIFE = 0.2  # type: ignore[misc,assignment]
    queue_worker.PATIENCE = 2  # type: ignore[misc]
    queue_worker.main()
