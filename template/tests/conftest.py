"""Global fixtures; the root ``conftest.py`` hands them on to the tests of all apps."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django_strict.fixtures import LogLines
from rest_framework.test import APIClient

from apps.users.tests.factories import PASSWORD, StaffFactory, TokenFactory, UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from apps.users.models import User

__all__ = ["LogLines"]  # the type of the fixture log_lines


@pytest.fixture
def api() -> APIClient:
    """Return a client without credentials that shows errors as clients see them."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def browser() -> APIClient:
    """Return a client that is held to CSRF tokens, as a browser is."""
    return APIClient(enforce_csrf_checks=True, raise_request_exception=False)


@pytest.fixture
def user(db: None) -> "User":
    """Create an ordinary account."""
    del db
    return UserFactory.create()


@pytest.fixture
def staff(db: None) -> "User":
    """Create an account of staff."""
    del db
    return StaffFactory.create()


@pytest.fixture
def as_user(user: "User") -> APIClient:
    """Return a client with the token of an ordinary account."""
    token = TokenFactory.create(user=user)
    headers = {"Authorization": f"Token {token.key}"}
    return APIClient(raise_request_exception=False, headers=headers)


@pytest.fixture
def as_staff(staff: "User") -> APIClient:
    """Return a client with the token of an account of staff."""
    token = TokenFactory.create(user=staff)
    headers = {"Authorization": f"Token {token.key}"}
    return APIClient(raise_request_exception=False, headers=headers)


@pytest.fixture
def login() -> "Callable[[APIClient, User], str]":
    """Return a function that opens a session as a browser does."""

    def open_session(client: APIClient, account: "User") -> str:
        """Log in through the API and return the CSRF token for further requests."""
        csrf_token: str = client.get(reverse("users:csrf")).json()["csrf_token"]
        answer = client.post(
            reverse("users:login"),
            {"email": account.email, "password": PASSWORD},
            HTTP_X_CSRFTOKEN=csrf_token,
        )
        assert answer.status_code == HTTPStatus.OK, answer.content
        return client.cookies["csrftoken"].value

    return open_session
