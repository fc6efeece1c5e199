"""Endpoints for credentials: tokens, sessions, passwords."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from apps.users.models import User
from apps.users.tests.factories import OTHER_PASSWORD, PASSWORD, UserFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.mail import EmailMessage
    from pytest_django import (
        DjangoAssertNumQueries,
        DjangoCaptureOnCommitCallbacks,
    )

    OpenSession = Callable[[APIClient, User], str]

pytestmark = pytest.mark.django_db


def credentials(account: User, **fields: object) -> dict[str, Any]:
    """Make the body of a login."""
    return {"email": account.email, "password": PASSWORD, **fields}


def reset_link(account: User, **fields: object) -> dict[str, Any]:
    """Make the body that uses a reset link."""
    return {
        "uid": urlsafe_base64_encode(force_bytes(account.pk)),
        "token": default_token_generator.make_token(account),
        "new_password": OTHER_PASSWORD,
        **fields,
    }


class TestToken:
    """POST /api/v1/auth/token/ and /api/v1/auth/token/revoke/."""

    def test_token_is_given_for_credentials(self, api: "APIClient", user: User) -> None:
        """The token opens the API."""
        answer = api.post(reverse("users:token"), credentials(user))
        assert answer.status_code == HTTPStatus.OK
        assert answer.json() == {"token": Token.objects.get().key}

    @pytest.mark.parametrize(
        "wrong", [{"password": OTHER_PASSWORD}, {"email": "nobody@example.com"}]
    )
    def test_wrong_credentials_are_refused(
        self, api: "APIClient", user: User, wrong: dict[str, str]
    ) -> None:
        """A wrong password and an unknown e-mail look the same."""
        answer = api.post(reverse("users:token"), credentials(user, **wrong))
        assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid_credentials")
        assert not Token.objects.exists()

    @pytest.mark.parametrize("field", ["email", "password"])
    def test_missing_field_is_named(
        self, api: "APIClient", user: User, field: str
    ) -> None:
        """Required fields are asked for by name."""
        body = credentials(user)
        del body[field]
        answer = api.post(reverse("users:token"), body)
        assert_error(answer, HTTPStatus.BAD_REQUEST, "required", field)

    def test_number_of_queries(
        self,
        api: "APIClient",
        user: User,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """Account, the account again, locked, and token, between savepoints."""
        api.post(reverse("users:token"), credentials(user))
        with django_assert_num_queries(5):
            api.post(reverse("users:token"), credentials(user))

    def test_token_is_revoked(self, as_user: "APIClient") -> None:
        """A token that was given back opens nothing."""
        answer = as_user.post(reverse("users:token-revoke"))
        assert answer.status_code == HTTPStatus.NO_CONTENT
        answer = as_user.post(reverse("users:token-revoke"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")

    def test_revoking_needs_credentials(self, api: "APIClient") -> None:
        """Nobody revokes a token that is not their own."""
        answer = api.post(reverse("users:token-revoke"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")

    def test_revoking_leaves_other_tokens(self, as_user: "APIClient") -> None:
        """Only the own token ends."""
        other = Token.objects.create(user=UserFactory.create())
        as_user.post(reverse("users:token-revoke"))
        assert list(Token.objects.all()) == [other]

    def test_number_of_queries_of_revoking(
        self, as_user: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
    ) -> None:
        """The token with its account, and the deletion between savepoints."""
        with django_assert_num_queries(4):
            as_user.post(reverse("users:token-revoke"))


class TestSession:
    """POST /api/v1/auth/login/ and /api/v1/auth/logout/, GET /api/v1/auth/csrf/."""

    def test_csrf_token_comes_with_its_cookie(self, browser: "APIClient") -> None:
        """A browser learns what a login needs."""
        answer = browser.get(reverse("users:csrf"))
        assert answer.status_code == HTTPStatus.OK
        assert set(answer.json()) == {"csrf_token"}
        assert "csrftoken" in browser.cookies

    def test_login_opens_a_session(
        self, browser: "APIClient", user: User, login: "OpenSession"
    ) -> None:
        """The session's cookie is out of reach for scripts."""
        login(browser, user)
        cookie = browser.cookies["sessionid"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert browser.get(reverse("users:me")).json()["email"] == user.email

    def test_login_shows_the_account(self, api: "APIClient", user: User) -> None:
        """The answer saves a second request."""
        answer = api.post(reverse("users:login"), credentials(user))
        assert answer.status_code == HTTPStatus.OK
        assert answer.json()["email"] == user.email

    def test_login_needs_a_csrf_token(self, browser: "APIClient", user: User) -> None:
        """A foreign page cannot log a browser in."""
        answer = browser.post(reverse("users:login"), credentials(user))
        assert_error(answer, HTTPStatus.FORBIDDEN, "csrf_failed")
        assert "sessionid" not in browser.cookies

    def test_other_methods_are_405_without_a_csrf_token(
        self, browser: "APIClient"
    ) -> None:
        """There is nothing that a token would open."""
        for method in ("PUT", "PATCH", "DELETE", "QUERY"):
            answer = browser.generic(method, reverse("users:login"))
            assert_error(answer, HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed")
            assert "POST" in answer["Allow"]

    def test_login_refuses_a_wrong_csrf_token(
        self, browser: "APIClient", user: User
    ) -> None:
        """A guessed token is none."""
        browser.get(reverse("users:csrf"))
        answer = browser.post(
            reverse("users:login"), credentials(user), HTTP_X_CSRFTOKEN="x" * 64
        )
        assert_error(answer, HTTPStatus.FORBIDDEN, "csrf_failed")

    def test_login_rotates_the_session(
        self, browser: "APIClient", user: User, login: "OpenSession"
    ) -> None:
        """A session that somebody planted before the login is not the one after it."""
        first_token = login(browser, user)
        planted = browser.cookies["sessionid"].value
        second_token = login(browser, UserFactory.create())
        assert browser.cookies["sessionid"].value != planted
        assert first_token != second_token
        thief = APIClient(raise_request_exception=False)
        thief.cookies["sessionid"] = planted
        answer = thief.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")

    @pytest.mark.parametrize(
        ("change", "code", "attr"),
        [
            ({"password": OTHER_PASSWORD}, "invalid_credentials", None),
            ({"email": "nobody@example.com"}, "invalid_credentials", None),
            ({"password": ""}, "blank", "password"),
            ({"email": None}, "null", "email"),
        ],
    )
    def test_wrong_credentials_open_nothing(
        self,
        api: "APIClient",
        user: User,
        change: dict[str, Any],
        code: str,
        attr: str | None,
    ) -> None:
        """No session is made for a failed login."""
        answer = api.post(reverse("users:login"), credentials(user, **change))
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, attr)
        assert not Session.objects.exists()

    def test_inactive_account_cannot_log_in(self, api: "APIClient", user: User) -> None:
        """A deactivated account looks like a wrong password."""
        User.objects.update(is_active=False)
        answer = api.post(reverse("users:login"), credentials(user))
        assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid_credentials")

    def test_logout_ends_the_session(
        self, browser: "APIClient", user: User, login: "OpenSession"
    ) -> None:
        """The cookie opens nothing afterwards, wherever it was copied to."""
        csrf_token = login(browser, user)
        copied = browser.cookies["sessionid"].value
        answer = browser.post(reverse("users:logout"), HTTP_X_CSRFTOKEN=csrf_token)
        assert answer.status_code == HTTPStatus.NO_CONTENT
        browser.cookies["sessionid"] = copied
        answer = browser.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")

    def test_logout_needs_a_session(self, api: "APIClient") -> None:
        """Where nobody is logged in, nobody is logged out."""
        answer = api.post(reverse("users:logout"))
        assert_error(answer, HTTPStatus.FORBIDDEN, "not_authenticated")

    def test_number_of_queries(
        self,
        api: "APIClient",
        user: User,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """Account and last login; Django stores and drops a session in two steps."""
        with django_assert_num_queries(9):
            api.post(reverse("users:login"), credentials(user))
        with django_assert_num_queries(1):
            api.get(reverse("users:me"))
        with django_assert_num_queries(3):
            api.post(reverse("users:logout"))

    def test_number_of_queries_for_a_csrf_token(
        self, api: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
    ) -> None:
        """A CSRF token needs no database."""
        with django_assert_num_queries(0):
            api.get(reverse("users:csrf"))


class TestPasswordChange:
    """POST /api/v1/auth/password/change/."""

    change: ClassVar[dict[str, str]] = {
        "current_password": PASSWORD,
        "new_password": OTHER_PASSWORD,
    }

    def test_own_session_stays_and_all_others_end(
        self, browser: "APIClient", user: User, login: "OpenSession"
    ) -> None:
        """Who changes the password stays logged in, a thief does not."""
        thief = APIClient(enforce_csrf_checks=True)
        login(thief, user)
        csrf_token = login(browser, user)
        token = Token.objects.create(user=user)
        answer = browser.post(
            reverse("users:password-change"), self.change, HTTP_X_CSRFTOKEN=csrf_token
        )
        assert answer.status_code == HTTPStatus.NO_CONTENT
        assert browser.get(reverse("users:me")).status_code == HTTPStatus.OK
        answer = thief.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")
        header = f"Token {token.key}"
        answer = APIClient().get(reverse("users:me"), HTTP_AUTHORIZATION=header)
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")

    def test_token_that_changes_the_password_ends_too(
        self, as_user: "APIClient", user: User
    ) -> None:
        """A client with a token logs in anew."""
        answer = as_user.post(reverse("users:password-change"), self.change)
        assert answer.status_code == HTTPStatus.NO_CONTENT
        user.refresh_from_db()
        assert user.check_password(OTHER_PASSWORD)
        answer = as_user.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")

    @pytest.mark.parametrize(
        ("change", "code", "attr"),
        [
            (
                {"current_password": OTHER_PASSWORD},
                "wrong_password",
                "current_password",
            ),
            ({"current_password": ""}, "blank", "current_password"),
            ({"new_password": "short"}, "password_too_short", "new_password"),
            ({"new_password": "x" * 129}, "max_length", "new_password"),
        ],
    )
    def test_wrong_value_changes_nothing(
        self, as_user: "APIClient", change: dict[str, Any], code: str, attr: str
    ) -> None:
        """The error names its field, and the old password stays."""
        answer = as_user.post(
            reverse("users:password-change"), {**self.change, **change}
        )
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, attr)
        assert User.objects.get().check_password(PASSWORD)

    def test_needs_credentials(self, api: "APIClient") -> None:
        """Without credentials the answer says how to authenticate."""
        answer = api.post(reverse("users:password-change"), self.change)
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")

    def test_number_of_queries(
        self, as_user: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
    ) -> None:
        """The token with its account, then update and deletion between savepoints."""
        with django_assert_num_queries(7):
            as_user.post(reverse("users:password-change"), self.change)


class TestPasswordReset:
    """POST /api/v1/auth/password/reset/."""

    @pytest.mark.usefixtures("immediate_tasks")
    def test_answer_is_the_same_for_every_address(
        self,
        api: "APIClient",
        user: User,
        mailoutbox: "list[EmailMessage]",
        django_capture_on_commit_callbacks: "DjangoCaptureOnCommitCallbacks",
    ) -> None:
        """Only the mailbox tells whether there is an account."""
        answers = []
        for email in (user.email, "nobody@example.com"):
            with django_capture_on_commit_callbacks(execute=True):
                answer = api.post(reverse("users:password-reset"), {"email": email})
            headers = {**answer.headers, "X-Request-ID": ""}
            answers.append((answer.status_code, answer.content, headers))
        assert answers[0] == answers[1]
        assert answers[0][0] == HTTPStatus.ACCEPTED
        assert [mail.to for mail in mailoutbox] == [[user.email]]

    @pytest.mark.parametrize("email", ["known", "unknown"])
    def test_client_never_waits_for_the_account_to_be_looked_up(
        self,
        email: str,
        api: "APIClient",
        user: User,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """Equal work for every address is what keeps the times equal."""
        address = user.email if email == "known" else "nobody@example.com"
        with django_assert_num_queries(0):
            answer = api.post(reverse("users:password-reset"), {"email": address})
        assert answer.status_code == HTTPStatus.ACCEPTED

    @pytest.mark.parametrize(
        ("body", "code"),
        [({}, "required"), ({"email": ""}, "blank"), ({"email": "ada"}, "invalid")],
    )
    def test_wrong_address_is_named(
        self, api: "APIClient", body: dict[str, Any], code: str
    ) -> None:
        """What is no address at all is said so, for every client alike."""
        answer = api.post(reverse("users:password-reset"), body)
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, "email")


class TestPasswordResetConfirm:
    """POST /api/v1/auth/password/reset/confirm/."""

    def test_link_sets_the_password(self, api: "APIClient", user: User) -> None:
        """The new password opens the account, once per link."""
        link = reset_link(user)
        answer = api.post(reverse("users:password-reset-confirm"), link)
        assert answer.status_code == HTTPStatus.NO_CONTENT
        body = credentials(user, password=OTHER_PASSWORD)
        answer = api.post(reverse("users:token"), body)
        assert answer.status_code == HTTPStatus.OK
        answer = api.post(reverse("users:password-reset-confirm"), link)
        assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid_reset_link", "token")

    def test_link_ends_all_sessions(
        self,
        api: "APIClient",
        browser: "APIClient",
        user: User,
        login: "OpenSession",
    ) -> None:
        """Who had taken the account over is thrown out."""
        login(browser, user)
        user.refresh_from_db()
        answer = api.post(reverse("users:password-reset-confirm"), reset_link(user))
        assert answer.status_code == HTTPStatus.NO_CONTENT
        answer = browser.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")

    @pytest.mark.parametrize(
        ("change", "code", "attr"),
        [
            ({"token": "forged"}, "invalid_reset_link", "token"),
            ({"uid": "forged"}, "invalid_reset_link", "token"),
            ({"uid": ""}, "blank", "uid"),
            ({"token": "x" * 129}, "max_length", "token"),
            ({"new_password": "short"}, "password_too_short", "new_password"),
        ],
    )
    def test_wrong_value_changes_nothing(
        self,
        api: "APIClient",
        user: User,
        change: dict[str, Any],
        code: str,
        attr: str | None,
    ) -> None:
        """The old password stays."""
        answer = api.post(
            reverse("users:password-reset-confirm"), reset_link(user, **change)
        )
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, attr)
        user.refresh_from_db()
        assert user.check_password(PASSWORD)

    def test_number_of_queries(
        self,
        api: "APIClient",
        user: User,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """The locked account, then update and deletion between savepoints."""
        with django_assert_num_queries(7):
            api.post(reverse("users:password-reset-confirm"), reset_link(user))
