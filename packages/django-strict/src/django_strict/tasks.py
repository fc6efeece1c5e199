"""The background tasks: what waits, runs and has failed, and how one is run again."""

import argparse
import re
import sys
from typing import TYPE_CHECKING, Final

import django
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Max
from django.utils import timezone
from procrastinate.contrib.django import app

from django_strict.servers import ServersError, prepare

if TYPE_CHECKING:
    from procrastinate.contrib.django.models import ProcrastinateJob

# The table's words and a reader's; what has succeeded is left out.
STATES: Final = {
    "todo": "waits",
    "doing": "runs",
    "failed": "failed",
    "aborted": "failed",
    "cancelled": "cancelled",
}
EXCEPTION: Final = re.compile(
    r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:: .*)?$", re.MULTILINE
)
LINE: Final = "{:>8}  {:<9}  {:>4}  {:<19}  {:<36}  {}"


def main() -> int:
    """Run the command.

    Returns:
        Exit code: 1 when there is no such task, or one that cannot be run again.
    """
    parser = argparse.ArgumentParser(
        prog="poe tasks",
        description="Show the background tasks that wait, run or have failed, the "
        "latest first. The admin site shows them too, with their arguments and errors.",
    )
    commands = parser.add_subparsers(dest="command", metavar="retry ID")
    retry = commands.add_parser("retry", help="run a task that failed once more")
    retry.add_argument("id", type=int, help="as the list has it")
    parser.add_argument("--limit", type=int, default=50, help="lines at most (50)")
    options = parser.parse_args()
    try:
        prepare()
        django.setup()
    except (ImproperlyConfigured, ServersError) as error:
        print(error, file=sys.stderr)
        return 1
    if not apps.is_installed("procrastinate.contrib.django"):
        print("The tasks of this project are in another queue.", file=sys.stderr)
        return 1
    rows = apps.get_model("procrastinate", "ProcrastinateJob").objects.all()
    if options.command:
        return run_again(rows.filter(pk=options.id).first(), options.id)
    shown = rows.filter(status__in=STATES).annotate(at=Max("procrastinateevent__at"))
    print(LINE.format("id", "state", "runs", "since", "request", "task, last error"))
    for row in shown.order_by("-pk")[: options.limit]:
        said = row.args.get("traceback", [{}])[0].get("traceback", "").strip()
        since = timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M:%S")
        request = row.args.get("request_id", "-")
        # What stands behind the frames; further lines are for the admin site.
        last = EXCEPTION.findall(said)[-1:] or [said]
        text = ": ".join(filter(None, (row.task_name, last[0])))
        state = STATES[row.status]
        print(LINE.format(row.pk, state, row.attempts, since, request, text))
    return 0


def run_again(row: "ProcrastinateJob | None", number: int) -> int:
    """Put a task that failed back into the queue.

    Args:
        row: The task, None if there is none.
        number: What was asked for.

    Returns:
        Exit code.
    """
    if row is None or row.status != "failed":
        state = "is not there"
        if row:
            state = STATES.get(row.status, f"is {row.status}")
        print(
            f"Task {number} {state}, and only one that failed can be run again. "
            "`uv run poe tasks` lists them.",
            file=sys.stderr,
        )
        return 1
    app.job_manager.retry_job_by_id(
        row.pk, timezone.now(), row.priority, row.queue_name, row.lock
    )
    print(f"Task {number} runs again as soon as a worker is free.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
