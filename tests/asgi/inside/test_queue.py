"""What becomes of tasks when workers, tasks and PostgreSQL fail, with real processes."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.tasks import TaskResultStatus
from django.urls import reverse
from procrastinate.contrib.django.models import (
    ProcrastinateJob,
    ProcrastinatePeriodicDefer,
)

from apps.core.middleware import request_id
from apps.users.tests.factories import StaffFactory
from tests.asgi.inside import queued

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 25  # seconds
END_ALL_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def wait_for(condition: "Callable[[], object]") -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, list(ProcrastinateJob.objects.values())
        time.sleep(0.05)


def start(log: "Path", **environment: str) -> "subprocess.Popen[bytes]":
    """Start a worker on the database of the tests."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = quote(connection.settings_dict["NAME"])
    changed = {"DATABASE_URL": url._replace(path=f"/{name}").geturl()} | environment
    code = "from tests.asgi.inside.queued import work; work()"
    command = [sys.executable, "-c", code]
    with log.open("ab") as file:
        return subprocess.Popen(
            command, env=os.environ | changed, stdout=file, stderr=file
        )


@pytest.fixture(autouse=True)
def empty_queue() -> None:
    """Forget the tasks of the test before: Django empties no table that it did not make."""
    QuerySet(ProcrastinateJob).delete()
    QuerySet(ProcrastinatePeriodicDefer).delete()


@pytest.fixture
def log(tmp_path: "Path") -> "Path":
    """Name the file that workers write their lines to."""
    return tmp_path / "log"


@pytest.fixture
def notes(tmp_path: "Path") -> "Path":
    """Name the file that tasks write to."""
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture
def worker(log: "Path") -> "Iterator[subprocess.Popen[bytes]]":
    """Run one worker."""
    process = start(log)
    yield process
    process.kill()
    process.wait()


@contextmanager
def supervised(log: "Path") -> "Iterator[list[subprocess.Popen[bytes]]]":
    """Start a worker again whenever it ends, as Docker does."""
    stop, started = Event(), [start(log)]

    def follow() -> None:
        """Wait for the end of each."""
        while not stop.is_set():
            started[-1].wait()
            if not stop.is_set():
                started.append(start(log))

    thread = Thread(target=follow)
    thread.start()
    try:
        yield started
    finally:
        stop.set()
        started[-1].kill()
        thread.join()


@pytest.mark.usefixtures("worker")
def test_result_and_log_line_carry_the_request_id(notes: "Path", log: "Path") -> None:
    """A task runs soon, on another process; arguments are kept no longer than needed."""
    token = request_id.set("request-of-the-task")
    result = queued.write.enqueue(str(notes), "word")
    request_id.reset(token)
    assert result.status == TaskResultStatus.READY
    wait_for(lambda: result.refresh() or result.is_finished)
    assert result.return_value == "word"
    lines = [line for line in log.read_text().splitlines() if "django.tasks" in line]
    assert any("request-of-the-task" in line and "SUCCESSFUL" in line for line in lines)
    (row,) = ProcrastinateJob.objects.filter(pk=result.id)
    assert row.args == {"request_id": "request-of-the-task", "result": "word"}


@pytest.mark.usefixtures("worker")
def test_task_of_a_transaction_that_was_undone_never_runs(notes: "Path") -> None:
    """One that was committed does, even if the process dies directly afterwards."""
    for word in ("undone", "committed"):
        with transaction.atomic():
            queued.write.enqueue(str(notes), word)
            transaction.set_rollback(word == "undone")
    wait_for(notes.read_text)
    assert notes.read_text() == "committed\n"


def test_task_is_never_lost_when_its_process_is_killed_at_the_commit(
    notes: "Path", log: "Path"
) -> None:
    """Nothing has to happen after the commit; what was not committed leaves nothing."""
    code = (
        "import django, os, signal, sys; django.setup();"
        "from django.db import transaction;"
        "from tests.asgi.inside.queued import write;"
        "transaction.set_autocommit(False);"
        f"write.enqueue({str(notes)!r}, 'certain');"
        "sys.argv[1] == 'commit' and transaction.commit();"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    url = urlsplit(os.environ["DATABASE_URL"])
    path = f"/{quote(connection.settings_dict['NAME'])}"
    changed = {"DATABASE_URL": url._replace(path=path).geturl()}
    for how in ("commit", "die"):
        command = [sys.executable, "-c", code, how]
        subprocess.run(command, env=os.environ | changed, check=False)
    assert ProcrastinateJob.objects.count() == 1
    with supervised(log):
        wait_for(notes.read_text)
    assert notes.read_text() == "certain\n"


def test_killed_worker_s_task_runs_again(notes: "Path", log: "Path") -> None:
    """Another worker takes it over, without being told."""
    first = start(log)
    queued.write_slowly.enqueue(str(notes), 3)
    wait_for(notes.read_text)
    first.kill()
    first.wait()
    with supervised(log):
        wait_for(lambda: "done" in notes.read_text())
    assert notes.read_text() == "begun\nbegun\ndone\n"


def test_task_with_one_attempt_never_runs_twice(notes: "Path", log: "Path") -> None:
    """It is a dead letter then, which a person judges."""
    first = start(log)
    result = queued.write_once.enqueue(str(notes), 60)
    wait_for(notes.read_text)
    first.kill()
    first.wait()
    with supervised(log):
        wait_for(lambda: result.refresh() or result.is_finished)
    assert result.status == TaskResultStatus.FAILED
    assert notes.read_text() == "begun\n"


def test_mail_arrives_once_after_three_workers_died(notes: "Path", log: "Path") -> None:
    """The fourth one sends it."""
    with supervised(log) as started:
        result = queued.send_but_die.enqueue(str(notes))
        wait_for(lambda: result.refresh() or result.is_finished)
        assert len(started) == 4
    assert result.status == TaskResultStatus.SUCCESSFUL
    assert log.read_text().count("Subject: At last") == 1


def test_poison_ends_as_a_dead_letter_and_others_go_on(
    notes: "Path", log: "Path"
) -> None:
    """Whether a task fails by itself or takes its worker along."""
    with supervised(log):
        poison = [
            queued.fail.enqueue(str(notes)),
            queued.kill_worker.enqueue(str(notes)),
        ]
        queued.write.enqueue(str(notes), "other")
        wait_for(lambda: all(it.refresh() or it.is_finished for it in poison))
        wait_for(lambda: "other" in notes.read_text())
    assert {it.status for it in poison} == {TaskResultStatus.FAILED}
    assert Counter(notes.read_text().split()) == {"fails": 2, "kills": 2, "other": 1}
    (error,) = poison[0].errors
    assert error.exception_class is LookupError
    assert "It is poison." in error.traceback


def test_task_that_failed_waits_for_those_that_nobody_has_tried(
    notes: "Path", log: "Path"
) -> None:
    """However many mails a slow server has refused, the next one is not late."""
    first = start(log)
    failing = queued.fail.enqueue(str(notes))
    row = ProcrastinateJob.objects.filter(pk=failing.id)
    wait_for(row.filter(status="todo", attempts=1).exists)
    first.kill()
    first.wait()
    queued.write.enqueue(str(notes), "new")
    QuerySet(ProcrastinateJob).update(scheduled_at=None)
    one_at_a_time = start(log, DATABASE_POOL_MAX_SIZE="2")
    wait_for(lambda: notes.read_text().count("fails") > 1)
    one_at_a_time.kill()
    one_at_a_time.wait()
    assert notes.read_text().split() == ["fails", "new", "fails"]


def test_hanging_task_is_given_up_and_its_worker_replaced(
    notes: "Path", log: "Path"
) -> None:
    """Others do not wait for it."""
    with supervised(log) as started:
        result = queued.hang.enqueue(str(notes))
        wait_for(notes.read_text)
        queued.write.enqueue(str(notes), "other")
        wait_for(lambda: "other" in notes.read_text())
        wait_for(lambda: result.refresh() or result.is_finished)
        assert len(started) > 1
    assert result.status == TaskResultStatus.FAILED
    assert "took longer than 1 s" in result.errors[0].traceback


@pytest.mark.parametrize(("seconds", "runs"), [(1, 1), (6, 2)])
def test_told_to_stop_a_worker_finishes_its_task_or_hands_it_back(
    seconds: int, runs: int, notes: "Path", log: "Path"
) -> None:
    """As at each deployment; the next worker need not wait until the first is missed."""
    first = start(log)
    slow = queued.write_slowly.enqueue(str(notes), seconds)
    wait_for(notes.read_text)
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE) == 0
    # The project's own schedules may have asked for a task just then.
    assert ProcrastinateJob.objects.get(pk=int(slow.id)).status == (
        "succeeded" if runs == 1 else "todo"
    )
    with supervised(log):
        wait_for(lambda: "done" in notes.read_text())
    assert notes.read_text().count("begun") == runs


@pytest.mark.usefixtures("worker")
def test_tasks_of_one_key_run_one_at_a_time(notes: "Path") -> None:
    """In their order, while those of another key run beside them."""
    for key in ("a", "a", "b"):
        queued.write_in_turn.enqueue(str(notes), key)
    wait_for(lambda: notes.read_text().count("ends") == 3)
    lines = notes.read_text().splitlines()
    of_one = [line for line in lines if line.startswith("a")]
    assert of_one == ["a begins", "a ends"] * 2
    assert lines.index("b begins") < lines.index("a ends")


def test_scheduled_task_runs_once_a_time_whatever_the_number_of_workers(
    notes: "Path", log: "Path"
) -> None:
    """PostgreSQL decides whose it is."""
    workers = [start(log, TICKS=str(notes)) for _ in range(2)]
    wait_for(lambda: len(notes.read_text().splitlines()) >= 6)
    for process in workers:
        process.terminate()
        process.wait(PATIENCE)
    times = [float(line) for line in notes.read_text().splitlines()]
    assert len(times) <= times[-1] - times[0] + 2


def test_restart_of_postgresql_costs_no_task(notes: "Path", log: "Path") -> None:
    """Whoever worked on one has to begin again; the queue is as it was."""
    with supervised(log):
        slow = queued.write_slowly.enqueue(str(notes), 2)
        wait_for(notes.read_text)
        with connection.cursor() as cursor:
            cursor.execute(END_ALL_OTHERS)
        late = queued.write.enqueue(str(notes), "late")
        wait_for(lambda: all(it.refresh() or it.is_finished for it in (slow, late)))
    assert {slow.status, late.status} == {TaskResultStatus.SUCCESSFUL}


def test_dead_letter_is_shown_and_run_again_in_the_admin_site(client: "Client") -> None:
    """With the request behind it and its last error."""
    rows = QuerySet(ProcrastinateJob)
    number = int(queued.tick.enqueue().id)
    error = {"exception_class_path": "builtins.OSError", "traceback": "no route"}
    rows.update(status="failed", args={"request_id": "cause", "traceback": [error]})
    client.force_login(StaffFactory.create(is_superuser=True))
    url = reverse("admin:procrastinate_procrastinatejob_changelist")
    page = client.get(url, {"status__exact": "failed"}).content.decode()
    assert "cause" in page
    assert "no route" in page
    client.post(url, {"action": "retry", "_selected_action": [number]})
    assert rows.get().status == "todo"
