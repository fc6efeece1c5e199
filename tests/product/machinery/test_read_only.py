"""A PostgreSQL that takes no writes, during a fail-over, say."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.core.exceptions import RETRY_AFTER
from apps.users.tests.factories import PASSWORD, StaffFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.test import APIClient


@pytest.fixture
def read_only(db: None) -> "Callable[[], None]":
    """Return a function after which PostgreSQL takes no writes until the test's end."""
    del db

    def begin() -> None:
        """Let the test's own transaction read only."""
        # Now, since checking foreign keys at the end would need locks.
        connection.check_constraints()
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")

    return begin


def test_write_to_a_database_that_only_reads_is_503(
    as_user: "APIClient", read_only: "Callable[[], None]"
) -> None:
    """During a fail-over, say; what only reads goes on."""
    read_only()
    assert as_user.get(reverse("users:me")).status_code == HTTPStatus.OK
    answer = as_user.patch(reverse("users:me"), {"full_name": "Ada"})
    assert_error(answer, HTTPStatus.SERVICE_UNAVAILABLE, "service_unavailable")
    assert answer["Retry-After"] == str(RETRY_AFTER)


def test_admin_on_a_database_that_only_reads_is_503(
    read_only: "Callable[[], None]",
) -> None:
    """Where Django answers, and not the API, the words are the same."""
    staff = StaffFactory.create(is_superuser=True)
    client = Client(raise_request_exception=False)
    client.force_login(staff)
    read_only()
    assert client.get(reverse("admin:index")).status_code == HTTPStatus.OK
    answer = client.post(reverse("admin:auth_group_add"), {"name": "Editors"})
    assert_error(answer, HTTPStatus.SERVICE_UNAVAILABLE, "service_unavailable")
    assert answer["Retry-After"] == str(RETRY_AFTER)
    credentials = {"username": staff.email, "password": PASSWORD}
    answer = Client(raise_request_exception=False).post(
        reverse("admin:login"), credentials
    )
    assert_error(answer, HTTPStatus.SERVICE_UNAVAILABLE, "service_unavailable")
