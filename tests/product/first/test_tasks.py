"""Background work for tasks."""

import gzip
import json
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from apps.tasks import services
from apps.tasks.models import KEPT, Task, TaskState
from apps.tasks.tasks import clear_done, tell_tracker
from apps.tasks.tests.factories import TaskFactory, task_values
from django.utils import timezone

from apps.users.selectors import user_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from apps.users.models import User

pytestmark = pytest.mark.django_db


class Tracker(BaseHTTPRequestHandler):
    """The other service: it answers its path, and remembers what it was told."""

    told: list[Any]

    def do_POST(self) -> None:
        """Take a message."""
        length = int(self.headers["Content-Length"])
        self.told.append(json.loads(self.rfile.read(length)))
        self.send_response(int(self.path.removeprefix("/")))
        self.end_headers()


@pytest.fixture
def told(settings: "Settings") -> "Iterator[list[Any]]":
    """Start the other service, and return what it is told."""
    Tracker.told = []
    with HTTPServer(("127.0.0.1", 0), Tracker) as server:
        Thread(target=server.serve_forever).start()
        settings.TRACKER_URL = f"http://127.0.0.1:{server.server_port}/200"
        yield Tracker.told
        server.shutdown()


def test_the_export_of_its_owner_holds_it() -> None:
    """Whatever an app keeps for somebody goes along."""
    task = TaskFactory.create()
    data = json.loads(gzip.decompress(user_data(user_id=task.owner_id)))
    assert [row["title"] for row in data["tasks.task"]] == [task.title]


def test_what_was_done_long_ago_is_deleted() -> None:
    """And nothing else."""
    old = timezone.now() - KEPT - timedelta(days=1)
    kept = [TaskFactory.create(state="open"), TaskFactory.create(state="done")]
    gone = TaskFactory.create(state="done")
    Task.objects.filter(pk__in=[kept[0].pk, gone.pk]).update(updated_at=old)
    clear_done.call()
    assert {*Task.objects.all()} == {*kept}


@pytest.mark.usefixtures("immediate_tasks")
def test_the_tracker_is_told_what_is_done(told: list[Any], user: "User") -> None:
    """Once it is, and not before."""
    task = services.task_create(owner_id=user.pk, **task_values(user))
    assert told == []
    services.task_update(task=task, state=TaskState.DONE)
    assert told == [{"task": task.pk}]


def test_a_refusal_is_an_error(told: list[Any], settings: "Settings") -> None:
    """So that the queue tries again."""
    settings.TRACKER_URL = settings.TRACKER_URL.replace("200", "503")
    with pytest.raises(httpx.HTTPStatusError) as refused:
        tell_tracker.call(task_id=1)
    assert refused.value.response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert told


def test_without_a_tracker_nobody_is_told(
    told: list[Any], settings: "Settings"
) -> None:
    """No address is called."""
    settings.TRACKER_URL = ""
    tell_tracker.call(task_id=1)
    assert told == []
