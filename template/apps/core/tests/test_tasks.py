"""Background work runs soon, on a thread, after the commit, and fails audibly."""

import time
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.core.mail import EmailMessage, send_mail
from django.db import transaction
from django.tasks import TaskResultStatus, task

from apps.core.middleware import request_id
from apps.core.tasks import TerminalBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import LogLines

PATIENCE = 5  # seconds
LINK = "https://shop.example.com/password-reset?uid=MQ&token=" + "x" * 80


def wait_for(condition: "Callable[[], object]") -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.005)


@task
def notify(address: str) -> None:
    """Send a mail whose subject tells about the thread it came from."""
    send_mail(f"Request {request_id.get()}", "Text", None, [address])


@task
def fail() -> None:
    """Fail."""
    message = "The mail server said no."
    raise ConnectionError(message)


@pytest.fixture
def request_of_the_task() -> "Iterator[None]":
    """Act within a request."""
    mail.outbox.clear()
    token = request_id.set("request-of-the-task")
    yield
    request_id.reset(token)


@pytest.mark.usefixtures("request_of_the_task")
def test_work_runs_on_another_thread_with_the_request_id() -> None:
    """The log lines of the work can be found by the request that caused it."""
    result = notify.enqueue(address="ada@example.com")
    assert result.status == TaskResultStatus.READY
    wait_for(lambda: mail.outbox)
    assert mail.outbox[0].subject == "Request request-of-the-task"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("request_of_the_task")
def test_work_waits_for_the_commit_and_is_forgotten_after_a_rollback() -> None:
    """Work for something that never happened is not done."""
    for address in ("rolled-back@example.com", "committed@example.com"):
        with transaction.atomic():
            transaction.on_commit(partial(notify.enqueue, address))
            transaction.set_rollback(address.startswith("rolled-back"))
            assert not mail.outbox
    wait_for(lambda: mail.outbox)
    assert [sent.to for sent in mail.outbox] == [["committed@example.com"]]


@pytest.mark.usefixtures("request_of_the_task")
def test_failure_is_logged_with_the_request_id(log_lines: "LogLines") -> None:
    """A client cannot see the failure; a developer can."""
    fail.enqueue()
    wait_for(lambda: log_lines("apps.core.tasks"))
    (line,) = log_lines("apps.core.tasks")
    assert line["level"] == "ERROR"
    assert line["request_id"] == "request-of-the-task"
    assert "The mail server said no." in line["exc_info"]


def test_long_link_can_be_copied_from_the_terminal() -> None:
    """It stands on one line, without the escapes that SMTP would carry."""
    stream = StringIO()
    backend = TerminalBackend(alias="default", stream=stream)
    message = EmailMessage("Reset", f"Open\n\n{LINK}\n", "us@x.org", ["you@x.org"])
    assert backend.send_messages([message]) == 1
    assert {LINK, "To: you@x.org"} <= set(stream.getvalue().splitlines())
