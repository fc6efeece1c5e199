"""Background work is done at any rate, and holds no connection meanwhile."""

import pytest
from apps.core.tests.test_tasks import wait_for
from django.core import mail
from django.core.mail import send_mail
from django.db import connection
from django.tasks import task


@task
def touch_database() -> None:
    """Use a database connection of the worker's thread."""
    connection.ensure_connection()
    send_mail("Connected", "Text", None, ["ada@example.com"])


@pytest.mark.django_db(transaction=True)
def test_work_gives_its_database_connection_back() -> None:
    """More tasks than the pool has connections all get one."""
    mail.outbox.clear()
    tasks = connection.settings_dict["OPTIONS"]["pool"]["max_size"] * 2
    for _ in range(tasks):
        touch_database.enqueue()
    wait_for(lambda: len(mail.outbox) == tasks)
