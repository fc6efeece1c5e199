"""The process that runs the tasks: ``python -m django_strict_asgi.queue_worker``.

A task runs at least once: one that a crash cut off runs again, when its worker has been
silent for a while. Threads cannot be ended from outside, so a worker in which a task hangs
finishes the others and ends; whatever started it starts the next one.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from traceback import format_exception
from typing import TYPE_CHECKING, Any, Final, cast, override

import django
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, transaction
from django.db.models import F, Q, QuerySet
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, TaskContext, task_backends
from django.tasks.signals import task_finished, task_started
from django.utils import timezone
from django.utils.json import normalize_json
from django.utils.module_loading import import_string
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import procrastinate_app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import AbortReason
from procrastinate.manager import JobManager
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.tasks import Task

from django_strict_asgi import telemetry
from django_strict_asgi.queue import DEFAULT, policies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from procrastinate import App, BaseConnector, JobContext
    from procrastinate.contrib.django.models import ProcrastinateJob
    from procrastinate.jobs import Job

    from django_strict_asgi.queue import Backend

logger = logging.getLogger("django.tasks")

# Each has a database connection of Django's, and the care below one; three more hand out.
TASKS_AT_ONCE: Final = 4
CONNECTIONS: Final = 3
# Seconds. A worker that gave no sign for SILENCE is dead, and its tasks run elsewhere.
SIGN_OF_LIFE: Final = 5
SILENCE: Final = 20
# Less than a container has to stop in: what is not done by then is handed back.
PATIENCE: Final = 25
LONGEST_WAIT: Final = 3600
# Hours until what succeeded, and what failed for good, is forgotten.
KEPT: Final = 24
FAILED_KEPT: Final = 24 * 30
ENDED: Final = ("include_failed", "include_cancelled", "include_aborted")


class HandedBackError(Exception):
    """The worker had to stop before the task was done."""


class HungError(Exception):
    """The task took longer than it may."""


class Retry(BaseRetryStrategy):
    """Tries again after 4, 16, 64 ... seconds, an hour at most, and others first."""

    @override
    def get_retry_decision(
        self, *, exception: BaseException, job: "Job"
    ) -> RetryDecision | None:
        """Decide about a run that failed.

        Args:
            exception: Why.
            job: The task; the run is not counted yet.

        Returns:
            When to run it again; None if it has failed for good.
        """
        attempts = policies.get(job.task_name, DEFAULT).attempts
        is_aborted = isinstance(exception, asyncio.CancelledError)
        if is_aborted or job.attempts + 1 >= attempts:
            return None
        if isinstance(exception, HandedBackError):
            return RetryDecision()
        wait = min(4 ** (job.attempts + 1), LONGEST_WAIT)
        # Behind those that nobody has tried: else many slow failures hold all others up.
        return RetryDecision(retry_in={"seconds": wait}, priority=job.priority - 1)


class Manager(JobManager):
    """Knows every task by its dotted path.

    One that is not there, while a new version is deployed, fails and is tried again.
    """

    def __init__(self, app: "App", connector: "BaseConnector") -> None:
        """Stand in for the manager of an app.

        Args:
            app: Has the tasks.
            connector: Has the connections.
        """
        super().__init__(connector)
        self.app = app

    @override
    async def fetch_job(
        self, queues: "Iterable[str] | None", worker_id: int
    ) -> "Job | None":
        """Take the next task.

        Args:
            queues: Where from.
            worker_id: Who takes it.

        Returns:
            The task, None if there is none.
        """
        job = await super().fetch_job(queues, worker_id)
        if job:
            self.known(job.task_name)
        return job

    def known(self, name: str) -> "Task[..., Any, ...]":
        """Make a task known.

        Args:
            name: Its dotted path.

        Returns:
            What procrastinate calls for it.
        """
        options: dict[str, Any] = {"retry": Retry(), "pass_context": True}
        task: Task[..., Any, ...]
        task = Task(run, blueprint=self.app, name=name, queue="default", **options)
        return self.app.tasks.setdefault(name, task)


async def run(context: "JobContext", **stored: Any) -> None:  # noqa: ANN401 - JSON
    """Run a task on a thread, with the id of its request, and keep what comes of it.

    Args:
        context: Knows the row.
        **stored: What the row holds.

    Raises:
        BaseException: Why it failed.
    """
    job = context.job
    backend = cast("Backend", task_backends[DEFAULT_TASK_BACKEND_ALIAS])
    backend.request_id.set(stored.get("request_id", f"task-{job.id}"))
    with telemetry.task(job, stored):
        try:
            value = await in_time(context, backend, stored)
        except BaseException as error:
            await asyncio.to_thread(fail, backend, job, stored, error)
            raise
        await asyncio.to_thread(succeed, backend, job, stored, value)


async def in_time(
    context: "JobContext", backend: "Backend", stored: dict[str, Any]
) -> object:
    """Call a task's function on a thread, and wait no longer than it may take.

    Args:
        context: Knows the row.
        backend: The queue.
        stored: What the row holds.

    Raises:
        HandedBackError: If the worker stops before it is done.
        HungError: If it takes too long.

    Returns:
        What the function does.
    """
    job, limit = context.job, asyncio.timeout(None)
    seconds = policies.get(job.task_name, DEFAULT).seconds
    try:
        async with asyncio.timeout(seconds) as limit:
            return await asyncio.to_thread(call, backend, job, stored)
    except TimeoutError as error:
        if not limit.expired():
            raise
        # The thread goes on: this process takes nothing new, and ends.
        os.kill(os.getpid(), signal.SIGTERM)
        message = f"It took longer than {seconds} s, and its worker is replaced."
        raise HungError(message) from error
    except asyncio.CancelledError as error:
        if context.abort_reason() != AbortReason.SHUTDOWN:
            raise
        message = "The worker stops."
        raise HandedBackError(message) from error


def call(backend: "Backend", job: "Job", stored: dict[str, Any]) -> object:
    """Call a task's function; its connections are given back.

    Args:
        backend: The queue.
        job: The row.
        stored: What it holds.

    Returns:
        What the function does, as JSON has it.
    """
    try:
        task = import_string(job.task_name)
        runs = job.attempts + 1
        result = backend.result(task, str(job.id), "doing", stored, runs)
        task_started.send(type(backend), task_result=result)
        context: list[Any] = []
        if task.takes_context:
            context = [TaskContext(task_result=result)]
        return normalize_json(task.call(*context, *result.args, **result.kwargs))
    finally:
        connections.close_all()


def fail(
    backend: "Backend", job: "Job", stored: dict[str, Any], error: BaseException
) -> None:
    """Keep the last error beside the arguments, and log it.

    Args:
        backend: The queue.
        job: The row.
        stored: What it holds.
        error: What went wrong.
    """
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    text = "".join(format_exception(error))
    stored["traceback"] = [{"exception_class_path": name, "traceback": text}]
    _keep(job, stored)
    if Retry().get_retry_decision(exception=error, job=job):
        message = "Task id=%s path=%s failed, and will be tried again"
        logger.warning(message, job.id, job.task_name, exc_info=error)
        return
    try:
        task = import_string(job.task_name)
    except ImportError:
        message = "Task id=%s path=%s does not exist"
        logger.exception(message, job.id, job.task_name)
        return
    runs = job.attempts + 1
    result = backend.result(task, str(job.id), "failed", stored, runs)
    try:
        raise error  # noqa: TRY301 - the signal's receivers ask for it
    except BaseException:  # noqa: BLE001 - the signal's receivers log it
        task_finished.send(type(backend), task_result=result)


def succeed(
    backend: "Backend", job: "Job", stored: dict[str, Any], value: object
) -> None:
    """Keep the result, and forget the arguments: nobody needs them any more.

    Args:
        backend: The queue.
        job: The row.
        stored: What it holds.
        value: What the function returned.
    """
    _keep(job, {"request_id": stored.get("request_id"), "result": value})
    task, runs = import_string(job.task_name), job.attempts + 1
    kept = {**stored, "result": value}
    result = backend.result(task, str(job.id), "succeeded", kept, runs)
    task_finished.send(type(backend), task_result=result)


def _keep(job: "Job", stored: dict[str, Any]) -> None:
    """Write into the row, over a connection that is given back.

    Args:
        job: The row.
        stored: What it shall hold.
    """
    try:
        _rows().filter(pk=job.id).update(args=stored)
    finally:
        connections.close_all()


def _rows() -> "QuerySet[ProcrastinateJob]":
    """Return the rows of all tasks; their model is there when the apps are loaded."""
    model: type[ProcrastinateJob]
    model = apps.get_model("procrastinate", "ProcrastinateJob")
    return QuerySet(model)


def rescue() -> None:
    """Take tasks away from workers that died; each is done by one worker alone.

    A run that a crash cut off counts, so that a task that kills its worker ends too.
    """
    try:
        with transaction.atomic():
            silent = timezone.now() - timedelta(seconds=SILENCE)
            lost = Q(worker=None) | Q(worker__last_heartbeat__lt=silent)
            found = _rows().filter(lost, status="doing")
            for row in found.select_for_update(of=("self",), skip_locked=True):
                attempts = policies.get(row.task_name, DEFAULT).attempts
                status = "todo" if row.attempts + 1 < attempts else "failed"
                more = F("attempts") + 1
                _rows().filter(pk=row.pk).update(status=status, attempts=more)
                message = "Task id=%s path=%s lost its worker, and is %s"
                level = logging.ERROR if status == "failed" else logging.WARNING
                logger.log(level, message, row.pk, row.task_name, status)
    finally:
        connections.close_all()


async def care(manager: Manager, heartbeat: Path | None) -> None:
    """Rescue tasks every few seconds, and forget old ones every hour.

    Args:
        manager: The queue.
        heartbeat: A file that is touched each time, for the container's health check.
    """
    due = 0.0
    while True:
        try:
            await asyncio.to_thread(rescue)
            if time.monotonic() >= due:
                due = time.monotonic() + 3600
                await manager.delete_old_jobs(KEPT)
                ended = dict.fromkeys(ENDED, True)
                await manager.delete_old_jobs(FAILED_KEPT, None, **ended)
            if heartbeat:
                heartbeat.touch()
        except (ConnectorException, DatabaseError):
            logger.warning("The queue cannot be looked after.", exc_info=True)
        await asyncio.sleep(SIGN_OF_LIFE)


async def work(heartbeat: Path | None) -> None:
    """Work until told to stop.

    Args:
        heartbeat: As for ``care``.
    """
    app = procrastinate_app.current_app
    pool = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    connector = PsycopgConnector(
        kwargs=connector_params(),
        min_size=1,
        max_size=CONNECTIONS,
    )
    manager = Manager(app, connector)
    with app.replace_connector(connector):
        app.job_manager = manager
        for name, promised in policies.items():
            if promised.schedule:
                app.periodic_registry.register_task(
                    task=manager.known(name),
                    cron=promised.schedule,
                    periodic_id="",
                    configure_kwargs={"lock": name},
                )
        async with app.open_async():
            caring = asyncio.create_task(care(manager, heartbeat))
            await app.run_worker_async(
                name="queue",
                concurrency=max(1, min(TASKS_AT_ONCE, pool - 1)),
                shutdown_graceful_timeout=PATIENCE,
                update_heartbeat_interval=SIGN_OF_LIFE,
                stalled_worker_timeout=SILENCE,
            )
            caring.cancel()


def main() -> None:
    """Run the command, and leave threads behind that do not end."""
    parser = argparse.ArgumentParser(
        prog="python -m django_strict_asgi.queue_worker",
        description="Run the project's background tasks until told to stop (SIGTERM).",
    )
    parser.add_argument(
        "--heartbeat", type=Path, help="file that is touched while all is well"
    )
    parser.add_argument(
        "--until-eof", action="store_true", help="stop when standard input ends"
    )
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # A task has a time limit of its own, and what listens needs a session.
    os.environ["DATABASE_DIRECT"] = "true"
    try:
        django.setup()
        if tracing := telemetry.prepare():
            tracing.start()
            tracing.watch_queue()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    if options.until_eof:
        threading.Thread(target=_stop_at_eof, daemon=True).start()
    code = 0
    try:
        # Never closed: that would wait for threads in which a task hangs.
        asyncio.Runner().run(work(options.heartbeat))
    except Exception:
        logger.exception("The worker of the queue ends.")
        code = 1
    telemetry.stop()
    os._exit(code)


def _stop_at_eof() -> None:
    """Stop as at a signal when whoever started this is gone."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
