"""Django's tasks in PostgreSQL: procrastinate keeps and locks them, Django calls them.

A task is stored over the caller's own connection and so in the caller's transaction: with
the commit it is certain to run, after a rollback it never was.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast, override

from croniter import croniter
from django.apps import apps
from django.db import OperationalError
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.tasks import TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import TaskError
from django.tasks.exceptions import TaskResultDoesNotExist
from django.tasks.signals import task_enqueued
from django.utils.json import normalize_json
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from django_strict_asgi import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import ContextVar

    from django.tasks import Task
    from procrastinate.contrib.django.models import ProcrastinateJob

# What the table calls a task and what Django does; the rest have failed.
STATUSES: Final = {
    "todo": TaskResultStatus.READY,
    "doing": TaskResultStatus.RUNNING,
    "succeeded": TaskResultStatus.SUCCESSFUL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is promised about a task.

    Attributes:
        attempts: How often it runs at most, counting runs that a crash cut off: with 1 it
            never runs twice.
        seconds: How long one run may take.
        schedule: When it runs by itself, as cron writes it, in UTC.
        key: Makes a key of the arguments; of those with one key one runs at a time.
    """

    attempts: int = 8
    seconds: float = 300
    schedule: str = ""
    key: "Callable[..., object] | None" = None

    def __post_init__(self) -> None:
        """Judge the promises where they are written, not when the worker starts.

        Raises:
            ValueError: If one cannot be kept.
        """
        if self.attempts < 1 or self.seconds <= 0:
            message = "A task needs at least one attempt and some seconds for it."
            raise ValueError(message)
        if self.schedule and not croniter.is_valid(self.schedule):
            message = f"{self.schedule!r} is no schedule; '30 4 * * *' is one."
            raise ValueError(message)


policies: Final[dict[str, Policy]] = {}
DEFAULT: Final = Policy()


def policy[Function: "Callable[..., object]"](
    *,
    attempts: int = DEFAULT.attempts,
    seconds: float = DEFAULT.seconds,
    schedule: str = "",
    key: "Callable[..., object] | None" = None,
) -> "Callable[[Function], Function]":
    """Promise something else about a task; stands below ``@task``.

    Another backend than this one takes no notice.

    Args:
        attempts: As of ``Policy``.
        seconds: As of ``Policy``.
        schedule: As of ``Policy``; such a task can do without arguments.
        key: As of ``Policy``.

    Returns:
        The decorator; it leaves the function as it is.
    """
    promised = Policy(attempts=attempts, seconds=seconds, schedule=schedule, key=key)

    def decorate(function: Function) -> Function:
        """Note the promises under the name that the table has for the task."""
        policies[f"{function.__module__}.{function.__qualname__}"] = promised
        return function

    return decorate


def forget(value: str) -> None:
    """Delete the tasks that wait or have failed and hold a value, in an error, too.

    Of one that runs the worker forgets the arguments, once it succeeds.

    Args:
        value: The e-mail of an account that is deleted, say, but of none that ends or
            begins like it.
    """
    jobs: QuerySet[Any] = QuerySet(apps.get_model("procrastinate", "ProcrastinateJob"))
    texts = jobs.annotate(text=Cast("args", TextField())).exclude(status="doing")
    # An error's lines stand in JSON, and names in an error in quotes.
    before = r"((?<![\w.+-])(?<![\w.+-]')|(?<=\\[nrt]))"
    exact = re.escape(value)
    whole = rf"{before}{exact}(?![\w-]|\.\w)"
    # The quick one first: what failed may be much, and somebody waits for this.
    texts.filter(text__iregex=exact).filter(text__iregex=whole).delete()


class Backend(BaseTaskBackend):
    """Puts tasks into PostgreSQL, where ``queue_worker`` finds them.

    The option ``REQUEST_ID`` is the dotted path of a context variable that goes with each
    task, so that its log lines can be found by the request that caused it.
    """

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    @property
    def request_id(self) -> "ContextVar[str]":
        """The context variable."""
        return cast("ContextVar[str]", import_string(self.options["REQUEST_ID"]))

    @override
    def enqueue[**P, R](
        self, task: "Task[P, R]", args: list[Any], kwargs: dict[str, Any]
    ) -> "TaskResult[P, R]":
        """Store a task.

        Args:
            task: What to run.
            args: Its positional arguments.
            kwargs: Its keyword arguments.

        Raises:
            OperationalError: If PostgreSQL cannot be reached; nothing is stored then.

        Returns:
            The result as it is now: ready to run.
        """
        self.validate_task(task)
        key = policies.get(task.module_path, DEFAULT).key
        deferrer = app.configure_task(
            task.module_path,
            lock=key and f"{task.module_path}:{key(*args, **kwargs)}",
            priority=task.priority,
            queue=task.queue_name,
            schedule_at=task.run_after,
        )
        stored = {
            "args": normalize_json(args),
            "kwargs": normalize_json(kwargs),
            "request_id": self.request_id.get(),
            **telemetry.carrier(),
        }
        try:
            number = deferrer.defer(**stored)
        except ConnectorException as error:
            raise OperationalError(str(error)) from error
        result = self.result(task, str(number), "todo", stored)
        task_enqueued.send(type(self), task_result=result)
        return cast("TaskResult[P, R]", result)

    @override
    def get_result(self, result_id: str) -> "TaskResult[..., Any]":
        """Look a task up.

        Args:
            result_id: The id that ``enqueue`` returned.

        Raises:
            TaskResultDoesNotExist: If there is none, any more.

        Returns:
            The result as it is now; what succeeded has forgotten its arguments.
        """
        model: type[ProcrastinateJob]
        model = apps.get_model("procrastinate", "ProcrastinateJob")
        job = model.objects.filter(pk=int(result_id)).first()
        if job is None:
            raise TaskResultDoesNotExist(result_id)
        task = import_string(job.task_name)
        return self.result(task, result_id, job.status, job.args, job.attempts)

    def result(
        self,
        task: "Task[..., Any]",
        number: str,
        status: str,
        stored: dict[str, Any],
        attempts: int = 0,
    ) -> "TaskResult[..., Any]":
        """Say in Django's terms what the table says.

        Args:
            task: The task.
            number: Its row.
            status: The row's status.
            stored: The row's arguments, and what the worker wrote beside them.
            attempts: How often it ran.

        Returns:
            The result, without times: the table of events has them.
        """
        result: TaskResult[..., Any] = TaskResult(
            task=task,
            id=number,
            status=STATUSES.get(status, TaskResultStatus.FAILED),
            enqueued_at=None,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=stored.get("args", []),
            kwargs=stored.get("kwargs", {}),
            backend=self.alias,
            errors=[TaskError(**error) for error in stored.get("traceback", [])],
            worker_ids=["queue"] * attempts,
        )
        object.__setattr__(result, "_return_value", stored.get("result"))
        return result
