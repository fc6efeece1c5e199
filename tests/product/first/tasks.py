"""Background work for tasks."""

from typing import Final

import httpx
from apps.tasks.models import Task
from django.conf import settings
from django.tasks import task

from django_strict_asgi.queue import policy

PATIENCE: Final = 5  # seconds


@task
@policy(schedule="13 4 * * *")
def clear_done() -> None:
    """Delete what was done long ago."""
    Task.clear_done()


@task
def tell_tracker(task_id: int) -> None:
    """Tell the tracker what is done; an answer other than 2xx is tried again.

    Args:
        task_id: The task.
    """
    if settings.TRACKER_URL:
        body = {"task": task_id}
        answer = httpx.post(settings.TRACKER_URL, json=body, timeout=PATIENCE)
        answer.raise_for_status()
