"""Measure the project's background tasks beside the bare libraries.

Three workers, one at a time, on this machine and its PostgreSQL: the project's, and those of
django-tasks-db and procrastinate in projects that have nothing else. Each is sent many tasks
while it does not run, works them off, and is then sent single ones while it has nothing to do.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks.__main__ import stop_in_order
from benchmarks.project import RIVALS, deployed, rendered, revision, vacuum
from benchmarks.servers import run, stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.project import Deployment

NAME: Final = "queues.md"
PAGE: Final = """\
# Background tasks beside bare libraries

Measured on {date} at `{revision}`, on {processors} processors that sender, worker and PostgreSQL
share, one worker at a time. A value is the median of the rounds, with the least and the most.

| | enqueued per second | done per second | a single one starts after, p50 | p99 |
| --- | ---: | ---: | ---: | ---: |
{rows}

{tasks:,} tasks that do next to nothing are stored while no worker runs, each in a transaction of
its own; then a worker starts and works them off. {single} single ones follow, {pause:g} s apart, for a
worker that has nothing else to do. The project and procrastinate run four at a time in one process
and are woken by PostgreSQL; django-tasks-db runs one, and looks once a second. The project keeps
what became of each task and gives its database connections back, which the bare libraries do not.

Repeat it, on a machine that does nothing else: `uv run poe benchmark-queues --output docs`.
"""
# Single tasks, and the seconds between them: time enough for whoever polls.
SINGLE: Final = 100
PAUSE: Final = 0.05
PATIENCE: Final = 900
# Beside the notes.
LOG: Final = "worker.log"
SEND: Final = (
    "import sys, django; django.setup()\n"
    "from measured import main\n"
    "print(main(int(sys.argv[1]), float(sys.argv[2])))"
)
# Packages of the rivals that the project does not have.
PACKAGES: Final = ("django-tasks-db==0.13.0",)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: its worker's command behind `python -m`, and the settings around it."""

    title: str
    worker: tuple[str, ...]
    variables: dict[str, str]
    folder: Path


@dataclass(slots=True)
class Found:
    """What was measured, a value for each round; times in milliseconds."""

    enqueued: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)


def main() -> int:
    """Run the command."""
    options = _options()
    if options.output and not options.output.is_dir():
        print(f"{options.output} is no folder; name one.", file=sys.stderr)
        return 1
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    stop_in_order()
    with tempfile.TemporaryDirectory(
        prefix="benchmark-", ignore_cleanup_errors=True
    ) as name:
        found = measure(Path(name), options.tasks, options.rounds)
    text = page(found, options.tasks)
    print(text, flush=True)
    if options.output:
        (options.output / NAME).write_text(text, "utf-8")
        print(f"wrote {options.output / NAME}")
    else:
        print("Next: to keep it, uv run poe benchmark-queues --output docs")
    return 0


def measure(folder: Path, tasks: int, rounds: int) -> dict[str, Found]:
    """Measure all queues in turn, in every second round the other way round."""
    progress("copying the template and installing packages")
    with rendered(folder, copies=1) as (project, _), deployed(project) as deployment:
        python = str(deployment.folder / ".venv" / "bin" / "python")
        install = ["uv", "pip", "install", "--quiet", "--python", python, *PACKAGES]
        run(install, folder, deployment.base_variables())
        queues = _queues(deployment, folder / "notes")
        found = {queue.title: Found() for queue in queues}
        for queue in queues:
            migrate = [python, "-m", "django", "migrate", "--verbosity=0"]
            run(migrate, queue.folder, queue.variables)
        for number in range(rounds):
            for queue in queues if number % 2 == 0 else queues[::-1]:
                progress(f"round {number + 1} of {rounds}: {queue.title}")
                _round(queue, python, tasks, found[queue.title])
                vacuum(deployment.database_url)
    return found


def _queues(deployment: "Deployment", notes: Path) -> list[Queue]:
    """Describe the three, each with a database of its own."""
    own = deployment.variables() | {
        "NOTES": str(notes),
        "DJANGO_LOG_LEVEL": "WARNING",
        "PYTHONPATH": f"{deployment.folder}:{RIVALS}",
    }
    queues = [
        Queue(
            "this template",
            ("django_strict_asgi.queue_worker",),
            own,
            deployment.folder,
        )
    ]
    for title, app, *worker in (
        ("django-tasks-db", "django_tasks_db", "db_worker", "--no-startup-delay"),
        (
            "procrastinate",
            "procrastinate.contrib.django",
            *("procrastinate", "worker", "--concurrency=4"),
        ),
    ):
        database = title.replace("-", "_")
        with psycopg.connect(deployment.database_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}".encode())
        address = urlsplit(deployment.database_url)
        variables = deployment.base_variables() | {
            "DJANGO_SETTINGS_MODULE": "queue_settings",
            "NOTES": str(notes),
            "PLAIN_DATABASE_URL": urlunsplit(address._replace(path=f"/{database}")),
            "PYTHONPATH": str(RIVALS),
            "QUEUE": app,
        }
        queues.append(Queue(title, ("django", *worker), variables, notes.parent))
    return queues


def _round(queue: Queue, python: str, tasks: int, found: Found) -> None:
    """Measure a queue once: sending, working off, and single tasks."""
    notes = Path(queue.variables["NOTES"])
    notes.write_text("")
    send = [python, "-c", SEND]
    seconds = run([*send, str(tasks), "0"], queue.folder, queue.variables)
    found.enqueued.append(tasks / float(seconds.splitlines()[-1]))
    with working(queue, python) as worker:
        ran = sorted(end for _, end in noted(notes, tasks, worker))
        found.done.append((tasks - 1) / (ran[-1] - ran[0]))
        # What the last ones still write must not delay the first single one.
        time.sleep(1)
        notes.write_text("")
        run([*send, str(SINGLE), str(PAUSE)], queue.folder, queue.variables)
        waited = [1000 * (end - sent) for sent, end in noted(notes, SINGLE, worker)]
        found.p50s.append(median(waited))
        found.p99s.append(quantiles(waited, n=100)[98])


@contextmanager
def working(queue: Queue, python: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a queue's worker until the block ends."""
    with Path(queue.variables["NOTES"]).with_name(LOG).open("wb") as log:
        worker = subprocess.Popen(
            [python, "-m", *queue.worker],
            cwd=queue.folder,
            env=queue.variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield worker
        finally:
            stop(worker)


def noted(
    notes: Path, count: int, worker: "subprocess.Popen[bytes]"
) -> list[tuple[float, float]]:
    """Wait until a worker has run so many tasks; returns when each was sent and ran."""
    deadline = time.monotonic() + PATIENCE
    while len(lines := notes.read_text().splitlines()) < count:
        if worker.poll() is not None or time.monotonic() > deadline:
            log = notes.with_name(LOG).read_text()[-2000:]
            message = (
                f"{len(lines)} of {count} tasks ran. The worker's log ends:\n{log}"
            )
            raise TimeoutError(message)
        time.sleep(0.1)
    pairs = [line.split() for line in lines]
    return [(float(sent), float(end)) for sent, end in pairs]


def progress(step: str) -> None:
    """Print a step."""
    print(f"{datetime.now(UTC):%H:%M:%S} {step}", flush=True)


def page(found: "Mapping[str, Found]", tasks: int) -> str:
    """Write the page; a value is the median of its rounds, with the least and the most."""
    rows = "\n".join(
        f"| {title} | {_figure(each.enqueued)} | {_figure(each.done)} "
        f"| {_figure(each.p50s)} ms | {_figure(each.p99s)} ms |"
        for title, each in found.items()
    )
    return PAGE.format(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        revision=revision(),
        processors=len(os.sched_getaffinity(0)),
        tasks=tasks,
        single=SINGLE,
        pause=PAUSE,
        rows=rows,
    )


def _figure(values: list[float]) -> str:
    """Write a median with the least and the most."""
    digits = 1 if median(values) < 10 else 0  # noqa: PLR2004 - enough digits
    middle, least, most = (
        f"{value:,.{digits}f}" for value in (median(values), min(values), max(values))
    )
    return f"{middle} ({least} to {most})"


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="poe benchmark-queues",
        description=f"{__doc__} Prints a table; takes about 8 minutes on two processors. "
        "Ctrl-C stops it in order. To try it: --tasks 200 --rounds 1",
    )
    for option, default, text in (
        ("--tasks", 10_000, "that are sent at once (10000)"),
        ("--rounds", 3, "in which every queue is measured once (3)"),
    ):
        parser.add_argument(option, type=int, default=default, metavar="N", help=text)
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help=f"write {NAME} there; the repository's is in docs",
    )
    options = parser.parse_args()
    if options.tasks < 2 or options.rounds < 1:  # noqa: PLR2004 - a span needs two
        parser.error("--tasks must be 2 or more, --rounds 1 or more")
    return options


if __name__ == "__main__":
    sys.exit(main())
