"""Background work runs soon, on a thread, after the commit, and fails audibly."""

import time
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.core.mail import send_mail
from django.db import connection, transaction
from django.http import HttpResponse
from django.tasks import TaskResultStatus, task
from django.urls import path

from apps.core import request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from rest_framework.test import APIClient

    from tests.conftest import LogLines

PATIENCE = 5  # seconds


def wait_for(condition: "Callable[[], object]") -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.005)


@task
def notify(address: str) -> None:
    """Send a mail whose subject tells about the thread it came from."""
    send_mail(f"Request {request_id.current.get()}", "Text", None, [address])


@task
def touch_database() -> None:
    """Use a database connection of the worker's thread."""
    connection.ensure_connection()
    send_mail("Connected", "Text", None, ["ada@example.com"])


@task
def fail() -> None:
    """Fail."""
    message = "The mail server said no."
    raise ConnectionError(message)


def starts_failing_task(request: "HttpRequest") -> HttpResponse:
    """Start background work that fails."""
    del request
    fail.enqueue()
    return HttpResponse()


urlpatterns = [path("starts/", starts_failing_task)]


def test_work_runs_on_another_thread_with_the_request_id() -> None:
    """The log lines of the work can be found by the request that caused it."""
    mail.outbox.clear()
    token = request_id.current.set("request-of-the-task")
    result = notify.enqueue(address="ada@example.com")
    request_id.current.reset(token)
    assert result.status == TaskResultStatus.READY
    assert result.kwargs == {"address": "ada@example.com"}
    wait_for(lambda: mail.outbox)
    assert mail.outbox[0].subject == "Request request-of-the-task"


@pytest.mark.django_db(transaction=True)
def test_work_runs_after_commit() -> None:
    """What a transaction wrote is there when the work begins."""
    mail.outbox.clear()
    with transaction.atomic():
        transaction.on_commit(lambda: notify.enqueue("ada@example.com"))
        assert not mail.outbox
    wait_for(lambda: mail.outbox)


@pytest.mark.django_db(transaction=True)
def test_work_does_not_run_after_rollback() -> None:
    """Work for something that never happened is not done."""
    mail.outbox.clear()
    with transaction.atomic():
        transaction.on_commit(lambda: notify.enqueue("rolled-back@example.com"))
        transaction.set_rollback(True)
    notify.enqueue("later@example.com")
    wait_for(lambda: mail.outbox)
    assert [sent.to for sent in mail.outbox] == [["later@example.com"]]


@pytest.mark.django_db(transaction=True)
def test_work_gives_its_database_connection_back() -> None:
    """More tasks than the pool has connections all get one."""
    mail.outbox.clear()
    tasks = connection.settings_dict["OPTIONS"]["pool"]["max_size"] * 2
    for _ in range(tasks):
        touch_database.enqueue()
    wait_for(lambda: len(mail.outbox) == tasks)


@pytest.mark.urls(__name__)
def test_failure_is_logged_with_the_request_id(
    api: "APIClient", log_lines: "LogLines"
) -> None:
    """A client cannot see the failure; a developer can."""
    api.get("/starts/", headers={"X-Request-ID": "request-that-failed"})
    wait_for(lambda: log_lines("apps.core.background"))
    (line,) = log_lines("apps.core.background")
    assert line["level"] == "ERROR"
    assert line["request_id"] == "request-that-failed"
    assert "fail" in line["message"]
    assert "The mail server said no." in line["exc_info"]
