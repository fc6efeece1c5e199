"""Background work on threads of the serving process, behind Django's task API.

Good for what may take a second and must not make a client wait: a mail. Work that has
to survive a crash belongs into a queue of its own: name another backend in ``TASKS``
and no caller changes.
"""

import contextvars
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, override

from django.core.mail.backends.console import EmailBackend
from django.db import close_old_connections, connections
from django.tasks import TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.utils.crypto import get_random_string

if TYPE_CHECKING:
    from django.core.mail import EmailMessage
    from django.tasks import Task

logger = logging.getLogger(__name__)

# The interpreter waits for queued work when a worker stops, so a restart loses none.
_executor: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="background")


class ThreadPoolBackend(BaseTaskBackend):
    """Runs each task once, soon, on a thread of this process."""

    @override
    def enqueue[**P, R](
        self, task: "Task[P, R]", args: list[Any], kwargs: dict[str, Any]
    ) -> "TaskResult[P, R]":
        """Queue a task.

        Args:
            task: What to run.
            args: Its positional arguments.
            kwargs: Its keyword arguments.

        Returns:
            The result as it is now: ready to run.
        """
        self.validate_task(task)
        # The copy takes the request id along, so that the task's log lines carry it.
        context = contextvars.copy_context()
        _executor.submit(context.run, _run, task, args, kwargs)
        return TaskResult(
            task=task,
            id=get_random_string(32),
            status=TaskResultStatus.READY,
            enqueued_at=None,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=list(args),
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )


def release_connections() -> None:
    """Give database connections back before waiting for something else.

    A mail server that hangs would hold one of the few that a worker has, and requests
    would wait for it. Within a transaction nothing is given back.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def _run(task: "Task[..., Any]", args: list[Any], kwargs: dict[str, Any]) -> None:
    """Run a task and write a failure to the log: nobody else would see it.

    Args:
        task: What to run.
        args: Its positional arguments.
        kwargs: Its keyword arguments.
    """
    try:
        task.call(*args, **kwargs)
    except Exception:
        logger.exception("The background task %s failed.", task.name)
    finally:
        close_old_connections()


class TerminalBackend(EmailBackend):
    """Prints mails so that a link in them can be copied, for development.

    Django's own backend prints what SMTP would carry: a long link is broken into
    lines, and each ``=`` in it becomes ``=3D``.
    """

    @override
    def write_message(self, message: "EmailMessage") -> None:
        """Write one mail to the terminal.

        Args:
            message: The mail.
        """
        rule = "-" * 79
        self.stream.write(
            f"{rule}\nSubject: {message.subject}\nFrom: {message.from_email}\n"
            f"To: {', '.join(message.to)}\n\n{message.body}\n{rule}\n"
        )
