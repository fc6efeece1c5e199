"""What two requests at once cannot break."""

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from django.urls import reverse
from rest_framework.test import APIClient

from apps.users import services
from apps.users.domain import InvalidCredentialsError
from apps.users.models import Token, User
from apps.users.tests.factories import (
    OTHER_PASSWORD,
    PASSWORD,
    TokenFactory,
    UserFactory,
    reset_link,
)
from tests.assertions import assert_error

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


def post_at_once(
    name: str, body: dict[str, Any], **headers: str
) -> "list[HttpResponse]":
    """Send one request from several threads at the same moment."""
    barrier = Barrier(AT_ONCE)

    def post(_: int) -> "HttpResponse":
        """Wait for the others, then send the request."""
        client = APIClient(raise_request_exception=False, headers=headers)
        try:
            barrier.wait(timeout=10)
            return client.post(reverse(name), body)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(post, range(AT_ONCE)))


def test_one_of_two_registrations_wins() -> None:
    """One account exists, and nobody is told who came first."""
    answers = post_at_once(
        "users:register", {"email": "ada@example.com", "password": PASSWORD}
    )
    assert {answer.status_code for answer in answers} == {HTTPStatus.ACCEPTED}
    assert User.objects.count() == 1


def test_reset_link_used_twice_at_once_works_once() -> None:
    """The first one changes the password, which makes the link void for the others."""
    account = UserFactory.create()
    link = reset_link(account, new_password=OTHER_PASSWORD)
    answers = post_at_once("users:password-reset-confirm", link)
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(HTTPStatus.NO_CONTENT) == 1
    assert statuses.count(HTTPStatus.BAD_REQUEST) == AT_ONCE - 1


def test_token_does_not_outlive_the_password_it_was_made_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A change between the check of the password and the token comes first."""
    account = UserFactory.create()
    check = services.user_authenticate

    def changed_meanwhile(*, email: str, password: str) -> User:
        """Let somebody else change the password once it was found to be right."""
        user = check(email=email, password=password)
        services.password_change(
            user=User.objects.get(pk=user.pk),
            current_password=PASSWORD,
            new_password=OTHER_PASSWORD,
        )
        return user

    monkeypatch.setattr(services, "user_authenticate", changed_meanwhile)
    with pytest.raises(InvalidCredentialsError):
        services.token_obtain(email=account.email, password=PASSWORD)
    assert not Token.objects.exists()


def test_tokens_asked_for_at_once_are_several() -> None:
    """Nobody is refused, and each device gets its own."""
    account = UserFactory.create()
    answers = post_at_once(
        "users:token", {"email": account.email, "password": PASSWORD}
    )
    assert {answer.status_code for answer in answers} == {HTTPStatus.OK}
    assert len({answer.content for answer in answers}) == AT_ONCE
    assert Token.objects.count() == AT_ONCE


def test_one_of_several_password_changes_wins() -> None:
    """For the others the password that they name has become the wrong one."""
    account = UserFactory.create()
    token = TokenFactory.create(user=account)
    answers = post_at_once(
        "users:password-change",
        {"current_password": PASSWORD, "new_password": OTHER_PASSWORD},
        Authorization=f"Token {token.key}",
    )
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(HTTPStatus.NO_CONTENT) == 1
    # The winner's change has ended the token, too.
    late = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}
    assert set(statuses) <= {HTTPStatus.NO_CONTENT, *late}


def test_change_of_an_account_that_is_deleted_meanwhile_is_404(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The account was there when the request came in."""
    account = UserFactory.create()
    token = TokenFactory.create(user=account)
    update = services.user_update

    def deleted_meanwhile(*, user: User, full_name: str) -> User:
        """Let somebody else delete the account first."""
        services.user_delete(user=User.objects.get(pk=user.pk))
        return update(user=user, full_name=full_name)

    monkeypatch.setattr(services, "user_update", deleted_meanwhile)
    headers = {"Authorization": f"Token {token.key}"}
    client = APIClient(raise_request_exception=False, headers=headers)
    answer = client.patch(reverse("users:me"), {"full_name": "Ada"})
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")
    assert not User.objects.exists()
