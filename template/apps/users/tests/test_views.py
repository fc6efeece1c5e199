"""Endpoints for accounts: registration, credentials, the own account, all accounts."""

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.urls import reverse
from rest_framework.test import APIClient

from apps.users.models import Session, Token, User
from apps.users.tests.factories import (
    OTHER_PASSWORD,
    PASSWORD,
    TokenFactory,
    UserFactory,
    reset_link,
)
from tests.assertions import assert_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.mail import EmailMessage
    from pytest_django import (
        DjangoAssertNumQueries,
        Settings,
    )

    OpenSession = Callable[[APIClient, User], str]

pytestmark = pytest.mark.django_db
EMAIL = "ada@example.com"
BOTH_SEE = {"id", "email", "full_name", "is_staff", "date_joined", "is_confirmed"}
OWNER_SEES = BOTH_SEE | {"new_email"}
STAFF_SEE = BOTH_SEE | {"is_active", "last_login"}
CHANGE = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}


def new_account(**fields: object) -> dict[str, Any]:
    """Make the body of a registration."""
    return {"email": EMAIL, "password": PASSWORD, **fields}


def credentials(account: User, **fields: object) -> dict[str, Any]:
    """Make the body of a login."""
    return {"email": account.email, "password": PASSWORD, **fields}


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("users:me", "get"),
        ("users:me", "patch"),
        ("users:me", "delete"),
        ("users:list", "get"),
        ("users:token-revoke", "post"),
        ("users:tokens", "get"),
        ("users:tokens", "delete"),
        ("users:password-change", "post"),
        ("users:email-change", "post"),
        ("users:export", "post"),
    ],
)
def test_credentials_are_needed(api: APIClient, name: str, method: str) -> None:
    """Without them, or with wrong ones, the answer says how to bring some."""
    answer = getattr(api, method)(reverse(name))
    assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Token"
    answer = getattr(api, method)(reverse(name), HTTP_AUTHORIZATION="Token wrong")
    assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")


class TestRegister:
    """POST /api/v1/auth/register/."""

    @pytest.mark.usefixtures("immediate_tasks")
    @pytest.mark.parametrize("email", [EMAIL, EMAIL.upper(), f" {EMAIL}"])
    def test_answer_is_the_same_for_every_address(
        self,
        api: APIClient,
        email: str,
        mailoutbox: "list[EmailMessage]",
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """And costs a hash and as many statements; only the mailbox tells."""
        UserFactory.create(email=EMAIL)
        contents = set()
        for address in (email, "new@example.com"):
            with (
                mock.patch.object(User, "set_password", autospec=True) as hashed,
                django_assert_num_queries(6),
            ):
                hashed.side_effect = AbstractBaseUser.set_password
                answer = api.post(reverse("users:register"), new_account(email=address))
            assert answer.status_code == HTTPStatus.ACCEPTED
            assert hashed.call_count == 1
            contents.add(answer.content)
        assert len(contents) == 1
        subjects = {mail.subject: mail.to for mail in mailoutbox}
        assert subjects == {
            "You have an account": [EMAIL],
            "Confirm your e-mail": ["new@example.com"],
        }

    def test_password_keeps_its_blanks_and_the_name_may_be_left_out(
        self, api: APIClient
    ) -> None:
        """E-mail and password are enough."""
        body = new_account(password=f" {PASSWORD} ")
        api.post(reverse("users:register"), body)
        assert User.objects.get().full_name == ""
        assert User.objects.get().check_password(f" {PASSWORD} ")

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("email", None, "null"),
            ("email", "ada", "invalid"),
            ("email", "a" * 250 + "@example.com", "max_length"),
            ("password", "", "blank"),
            ("password", "short", "password_too_short"),
            ("password", "x" * 129, "max_length"),
            ("full_name", "x" * 151, "max_length"),
            ("full_name", {}, "invalid"),
        ],
    )
    def test_wrong_value_is_named(
        self, api: APIClient, field: str, value: object, code: str
    ) -> None:
        """Each error names its field."""
        answer = api.post(reverse("users:register"), new_account(**{field: value}))
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, field)


class TestEmail:
    """/api/v1/auth/email/: confirmation, another link, another address."""

    @pytest.mark.usefixtures("immediate_tasks")
    def test_link_of_the_mail_confirms(
        self,
        api: APIClient,
        settings: "Settings",
        mailoutbox: "list[EmailMessage]",
    ) -> None:
        """Before, the right password opens nothing."""
        settings.EMAIL_CONFIRMATION_REQUIRED = True
        account = UserFactory.create(is_confirmed=False)
        answer = api.post(reverse("users:token"), credentials(account))
        assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid_credentials")
        body = {"email": account.email}
        answer = api.post(reverse("users:email-resend"), body)
        assert answer.status_code == HTTPStatus.ACCEPTED
        (link,) = re.findall(r"https://\S+", str(mailoutbox[0].body))
        body = dict(parse_qsl(urlsplit(link).query)) | {"current_password": PASSWORD}
        url = reverse("users:email-confirm")
        assert api.post(url, body).status_code == HTTPStatus.NO_CONTENT
        answer = api.post(reverse("users:token"), credentials(account))
        assert answer.status_code == HTTPStatus.OK
        answer = api.post(url, body)
        assert_error(
            answer, HTTPStatus.BAD_REQUEST, "invalid_confirmation_link", "token"
        )

    def test_change_needs_the_password(self, as_user: APIClient) -> None:
        """An open session or a stolen token is not enough."""
        url, body = reverse("users:email-change"), {"email": EMAIL}
        answer = as_user.post(url, body | {"current_password": OTHER_PASSWORD})
        assert_error(
            answer, HTTPStatus.BAD_REQUEST, "wrong_password", "current_password"
        )
        answer = as_user.post(url, body | {"current_password": PASSWORD})
        assert answer.status_code == HTTPStatus.ACCEPTED
        assert as_user.get(reverse("users:me")).json()["new_email"] == EMAIL


class TestToken:
    """POST /api/v1/auth/token/ and /api/v1/auth/token/revoke/."""

    def test_token_is_given_for_credentials(self, api: APIClient, user: User) -> None:
        """The token opens the API, in the header that the documentation names."""
        answer = api.post(reverse("users:token"), credentials(user))
        assert answer.status_code == HTTPStatus.OK
        header = f"Token {answer.json()['token']}"
        answer = api.get(reverse("users:me"), HTTP_AUTHORIZATION=header)
        assert answer.json()["email"] == user.email

    @pytest.mark.parametrize("field", ["email", "password"])
    def test_missing_field_is_named(
        self, api: APIClient, user: User, field: str
    ) -> None:
        """Required fields are asked for by name."""
        body = credentials(user)
        del body[field]
        answer = api.post(reverse("users:token"), body)
        assert_error(answer, HTTPStatus.BAD_REQUEST, "required", field)

    def test_logout_ends_one_device(self, as_user: APIClient, user: User) -> None:
        """A token that was given back opens nothing; those of other devices go on."""
        other = TokenFactory.create(user=user)
        answer = as_user.post(reverse("users:token-revoke"))
        assert answer.status_code == HTTPStatus.NO_CONTENT
        answer = as_user.post(reverse("users:token-revoke"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")
        assert list(Token.objects.all()) == [other]

    def test_devices_are_listed_without_what_opens_anything(
        self, api: APIClient, user: User
    ) -> None:
        """With their names and dates; those of others and expired ones are not there."""
        TokenFactory.create()
        TokenFactory.create(user=user, expires_at=user.date_joined)
        made = api.post(reverse("users:token"), credentials(user, name="phone")).json()
        headers = {"Authorization": f"Token {made.pop('token')}"}
        answer = api.get(reverse("users:tokens"), headers=headers)
        assert answer.json()["results"] == [made]
        assert made["name"] == "phone"
        lasts = datetime.fromisoformat(made["expires_at"])
        assert lasts - datetime.fromisoformat(made["created_at"]) > timedelta(days=89)

    def test_one_device_or_all_are_revoked(
        self, as_user: APIClient, user: User
    ) -> None:
        """From any other of the account; nobody ends a stranger's."""
        stranger = TokenFactory.create()
        lost = TokenFactory.create(user=user)
        statuses = [
            as_user.delete(reverse("users:token-detail", args=[pk])).status_code
            for pk in (lost.pk, lost.pk, stranger.pk)
        ]
        gone = HTTPStatus.NOT_FOUND
        assert statuses == [HTTPStatus.NO_CONTENT, gone, gone]
        answer = as_user.delete(reverse("users:tokens"))
        assert answer.status_code == HTTPStatus.NO_CONTENT
        assert list(Token.objects.all()) == [stranger]

    def test_token_ends_by_itself(self, as_user: APIClient) -> None:
        """Whoever found it on an old disk is late."""
        Token.objects.update(expires_at=datetime.now(tz=UTC))
        answer = as_user.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")

    def test_number_of_queries(
        self,
        api: APIClient,
        as_user: APIClient,
        user: User,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """Account, the account again, locked, token, surplus and entry; a deletion."""
        with django_assert_num_queries(7):
            api.post(reverse("users:token"), credentials(user))
        with django_assert_num_queries(3):
            as_user.get(reverse("users:tokens"))
        with django_assert_num_queries(5):
            as_user.post(reverse("users:token-revoke"))


class TestSession:
    """POST /api/v1/auth/login/ and /api/v1/auth/logout/, GET /api/v1/auth/csrf/."""

    def test_login_opens_a_session(
        self, browser: APIClient, user: User, login: "OpenSession"
    ) -> None:
        """The session's cookie is out of reach for scripts."""
        login(browser, user)
        cookie = browser.cookies["sessionid"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert browser.get(reverse("users:me")).json()["email"] == user.email

    @pytest.mark.parametrize("header", [{}, {"HTTP_X_CSRFTOKEN": "x" * 64}])
    def test_login_needs_a_csrf_token(
        self, browser: APIClient, user: User, header: dict[str, Any]
    ) -> None:
        """A foreign page cannot log a browser in; a guessed token is none."""
        browser.get(reverse("users:csrf"))
        answer = browser.post(reverse("users:login"), credentials(user), **header)
        assert_error(answer, HTTPStatus.FORBIDDEN, "csrf_failed")
        assert "sessionid" not in browser.cookies

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
        self, api: APIClient, user: User, change: dict[str, Any], code: str, attr: str
    ) -> None:
        """A wrong password and an unknown e-mail look the same."""
        for name in ("users:login", "users:token"):
            answer = api.post(reverse(name), credentials(user, **change))
            assert_error(answer, HTTPStatus.BAD_REQUEST, code, attr)
        assert not Session.objects.exists()
        assert not Token.objects.exists()

    def test_inactive_account_is_closed(
        self, api: APIClient, as_user: APIClient, user: User
    ) -> None:
        """A deactivated account looks like a wrong password, and its token ends."""
        User.objects.update(is_active=False)
        answer = api.post(reverse("users:login"), credentials(user))
        assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid_credentials")
        answer = as_user.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")

    def test_logout_ends_the_session(
        self, browser: APIClient, user: User, login: "OpenSession"
    ) -> None:
        """With a CSRF token; the cookie opens nothing afterwards, even a copy of it."""
        csrf_token = login(browser, user)
        copied = browser.cookies["sessionid"].value
        answer = browser.post(reverse("users:logout"))
        assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")
        answer = browser.post(reverse("users:logout"), HTTP_X_CSRFTOKEN=csrf_token)
        assert answer.status_code == HTTPStatus.NO_CONTENT
        browser.cookies["sessionid"] = copied
        answer = browser.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")

    def test_logout_needs_a_session(self, api: APIClient) -> None:
        """Where nobody is logged in, nobody is logged out."""
        answer = api.post(reverse("users:logout"))
        assert_error(answer, HTTPStatus.FORBIDDEN, "not_authenticated")

    @pytest.mark.usefixtures("dead_redis")
    def test_sessions_outlive_redis(
        self, browser: APIClient, user: User, login: "OpenSession"
    ) -> None:
        """They are in the database too."""
        login(browser, user)
        assert browser.get(reverse("users:me")).status_code == HTTPStatus.OK

    def test_number_of_queries(
        self,
        api: APIClient,
        user: User,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """Account, last login and entry; Django stores a session in two steps, each checked."""
        with django_assert_num_queries(0):
            api.get(reverse("users:csrf"))
        with django_assert_num_queries(11):
            api.post(reverse("users:login"), credentials(user))
        with django_assert_num_queries(1):
            api.get(reverse("users:me"))
        with django_assert_num_queries(4):
            api.post(reverse("users:logout"))


class TestPasswordChange:
    """POST /api/v1/auth/password/change/."""

    def test_own_session_stays_and_all_others_end(
        self, browser: APIClient, as_user: APIClient, user: User, login: "OpenSession"
    ) -> None:
        """Who changes the password stays logged in, a thief does not."""
        thief = APIClient(enforce_csrf_checks=True)
        login(thief, user)
        csrf_token = login(browser, user)
        answer = browser.post(
            reverse("users:password-change"), CHANGE, HTTP_X_CSRFTOKEN=csrf_token
        )
        assert answer.status_code == HTTPStatus.NO_CONTENT
        assert browser.get(reverse("users:me")).status_code == HTTPStatus.OK
        for client in (thief, as_user):
            answer = client.get(reverse("users:me"))
            assert answer.status_code == HTTPStatus.UNAUTHORIZED

    @pytest.mark.parametrize(
        ("change", "code", "attr"),
        [
            (
                {"current_password": OTHER_PASSWORD},
                "wrong_password",
                "current_password",
            ),
            ({"new_password": "short"}, "password_too_short", "new_password"),
            ({"new_password": "x" * 129}, "max_length", "new_password"),
        ],
    )
    def test_wrong_value_changes_nothing(
        self, as_user: APIClient, change: dict[str, Any], code: str, attr: str
    ) -> None:
        """The error names its field, and the old password stays."""
        answer = as_user.post(reverse("users:password-change"), CHANGE | change)
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, attr)
        assert User.objects.get().check_password(PASSWORD)

    def test_number_of_queries(
        self, as_user: APIClient, django_assert_num_queries: "DjangoAssertNumQueries"
    ) -> None:
        """The token with its account, then update and deletion between savepoints, two entries."""
        with django_assert_num_queries(11):
            as_user.post(reverse("users:password-change"), CHANGE)


class TestPasswordReset:
    """POST /api/v1/auth/password/reset/ and /api/v1/auth/password/reset/confirm/."""

    def test_answer_is_the_same_for_every_address(
        self,
        api: APIClient,
        user: User,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """No account is looked up meanwhile: a mail is queued for each address."""
        contents = set()
        for email in (user.email, "nobody@example.com"):
            with django_assert_num_queries(1) as queries:
                answer = api.post(reverse("users:password-reset"), {"email": email})
            assert "procrastinate" in queries[0]["sql"]
            assert answer.status_code == HTTPStatus.ACCEPTED
            contents.add(answer.content)
        assert len(contents) == 1

    @pytest.mark.parametrize(
        ("body", "code"), [({}, "required"), ({"email": "ada"}, "invalid")]
    )
    def test_wrong_address_is_named(
        self, api: APIClient, body: dict[str, Any], code: str
    ) -> None:
        """What is no address at all is said so, for every client alike."""
        answer = api.post(reverse("users:password-reset"), body)
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, "email")

    def test_link_sets_the_password_once_and_ends_all_sessions(
        self, api: APIClient, browser: APIClient, user: User, login: "OpenSession"
    ) -> None:
        """Who had taken the account over is thrown out."""
        login(browser, user)
        user.refresh_from_db()
        link = reset_link(user, new_password=OTHER_PASSWORD)
        answer = api.post(reverse("users:password-reset-confirm"), link)
        assert answer.status_code == HTTPStatus.NO_CONTENT
        body = credentials(user, password=OTHER_PASSWORD)
        assert api.post(reverse("users:token"), body).status_code == HTTPStatus.OK
        answer = api.post(reverse("users:password-reset-confirm"), link)
        assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid_reset_link", "token")
        answer = browser.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")

    @pytest.mark.parametrize(
        ("change", "code", "attr"),
        [
            ({"token": "forged"}, "invalid_reset_link", "token"),
            ({"uid": "forged"}, "invalid_reset_link", "token"),
            ({"token": "x" * 129}, "max_length", "token"),
            ({"new_password": "short"}, "password_too_short", "new_password"),
        ],
    )
    def test_wrong_value_changes_nothing(
        self, api: APIClient, user: User, change: dict[str, Any], code: str, attr: str
    ) -> None:
        """The old password stays."""
        body = reset_link(user, new_password=OTHER_PASSWORD) | change
        answer = api.post(reverse("users:password-reset-confirm"), body)
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, attr)
        user.refresh_from_db()
        assert user.check_password(PASSWORD)

    def test_number_of_queries(
        self,
        api: APIClient,
        user: User,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """The locked account, update, deletion between savepoints, confirmation, entries."""
        link = reset_link(user, new_password=OTHER_PASSWORD)
        with django_assert_num_queries(12):
            api.post(reverse("users:password-reset-confirm"), link)


class TestMe:
    """/api/v1/users/me/."""

    def test_account_is_shown(self, as_user: APIClient, user: User) -> None:
        """The owner sees the account."""
        answer = as_user.get(reverse("users:me"))
        assert answer.status_code == HTTPStatus.OK
        assert answer.json()["email"] == user.email
        assert set(answer.json()) == OWNER_SEES

    @pytest.mark.parametrize("body", [{"full_name": "Countess"}, {}])
    def test_name_is_changed_or_kept(
        self, as_user: APIClient, user: User, body: dict[str, str]
    ) -> None:
        """A change that names nothing changes nothing."""
        expected = body.get("full_name", user.full_name)
        answer = as_user.patch(reverse("users:me"), body)
        assert answer.status_code == HTTPStatus.OK
        user.refresh_from_db()
        assert answer.json()["full_name"] == user.full_name == expected

    @pytest.mark.parametrize(
        ("name", "code"),
        [(None, "null"), (0, "invalid"), ("x" * 151, "max_length")],
    )
    def test_wrong_name_is_refused(
        self, as_user: APIClient, name: object, code: str
    ) -> None:
        """The error names the field."""
        answer = as_user.patch(reverse("users:me"), {"full_name": name})
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, "full_name")

    def test_account_is_deleted(self, as_user: APIClient) -> None:
        """Account and token are gone."""
        answer = as_user.delete(reverse("users:me"))
        assert answer.status_code == HTTPStatus.NO_CONTENT
        assert not User.objects.exists()
        answer = as_user.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")

    def test_staff_cannot_delete_themselves(
        self, as_staff: APIClient, staff: User
    ) -> None:
        """A project never loses its last admin to a slip."""
        answer = as_staff.delete(reverse("users:me"))
        assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")
        assert User.objects.filter(pk=staff.pk).exists()

    def test_session_needs_a_csrf_token_to_delete(
        self, browser: APIClient, user: User, login: "OpenSession"
    ) -> None:
        """A foreign page cannot delete the account of who is logged in."""
        csrf_token = login(browser, user)
        answer = browser.delete(reverse("users:me"))
        assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")
        answer = browser.delete(reverse("users:me"), HTTP_X_CSRFTOKEN=csrf_token)
        assert answer.status_code == HTTPStatus.NO_CONTENT

    @pytest.mark.parametrize(
        ("method", "body", "queries"),
        [("get", None, 1), ("patch", {"full_name": "Ada"}, 4)],
    )
    def test_number_of_queries(
        self,
        as_user: APIClient,
        method: str,
        body: object,
        queries: int,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """The token with its account, then what the method does.

        What a deletion costs depends on the models that refer to the account.
        """
        with django_assert_num_queries(queries):
            getattr(as_user, method)(reverse("users:me"), body)


class TestExport:
    """POST /api/v1/users/me/export/ and GET /api/v1/users/export/."""

    @pytest.mark.usefixtures("immediate_tasks")
    def test_own_data_are_mailed_as_a_link_that_expires(
        self,
        as_user: APIClient,
        user: User,
        settings: "Settings",
        mailoutbox: "list[EmailMessage]",
    ) -> None:
        """They hold no password and no token, and nothing of anybody else."""
        UserFactory.create(email="other@example.com")
        answer = as_user.post(reverse("users:export"))
        assert answer.status_code == HTTPStatus.ACCEPTED
        (link,) = re.findall(r"http://testserver\S+", str(mailoutbox[0].body))
        answer = as_user.get(link)
        assert "attachment" in answer["Content-Disposition"]
        data = answer.json()
        assert data["account"][0]["email"] == user.email
        assert data["history"][0]["event"] == "export_requested"
        assert len(data["devices"]) == 1
        secrets = (user.password, user.tokens.get().digest, "other@example.com")
        assert not [secret for secret in secrets if secret in answer.text]
        packed = as_user.get(link, headers={"accept-encoding": "br, gzip"})
        assert json.loads(gzip.decompress(packed.content)) == data
        assert as_user.get(f"{link}x").status_code == HTTPStatus.NOT_FOUND
        settings.PASSWORD_RESET_TIMEOUT = -1
        assert as_user.get(link).status_code == HTTPStatus.NOT_FOUND


class TestList:
    """GET /api/v1/users/."""

    def test_staff_see_all_accounts(self, as_staff: APIClient, staff: User) -> None:
        """The newest comes first; staff see more of an account than its owner."""
        newer = UserFactory.create()
        body = as_staff.get(reverse("users:list")).json()
        assert (body["count"], body["next"], body["previous"]) == (2, None, None)
        assert [entry["id"] for entry in body["results"]] == [newer.pk, staff.pk]
        assert set(body["results"][0]) == STAFF_SEE

    def test_others_are_refused(self, as_user: APIClient) -> None:
        """An ordinary account sees nobody else."""
        answer = as_user.get(reverse("users:list"))
        assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")

    @pytest.mark.parametrize(
        ("query", "code", "attr"),
        [
            ({"ordering": "password"}, "invalid_choice", "ordering"),
            ({"ordering": "groups__name"}, "invalid_choice", "ordering"),
            ({"search": "x" * 255}, "max_length", "search"),
            ({"search": "a\x00b"}, "null_characters_not_allowed", "search"),
        ],
    )
    def test_wrong_query_is_refused(
        self, as_staff: APIClient, query: dict[str, str], code: str, attr: str
    ) -> None:
        """Only what is meant to be searched and ordered can be."""
        answer = as_staff.get(reverse("users:list"), query)
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, attr)

    def test_number_of_queries_does_not_grow(
        self, as_staff: APIClient, django_assert_num_queries: "DjangoAssertNumQueries"
    ) -> None:
        """The token with its account, the count, the page."""
        UserFactory.create_batch(5)
        with django_assert_num_queries(3):
            as_staff.get(reverse("users:list"))


class TestDetail:
    """GET /api/v1/users/<id>/."""

    def test_staff_see_an_account(
        self, as_staff: APIClient, django_assert_num_queries: "DjangoAssertNumQueries"
    ) -> None:
        """The queries are the token with its account, and the account asked for."""
        account = UserFactory.create(is_active=False)
        with django_assert_num_queries(2):
            answer = as_staff.get(reverse("users:detail", args=[account.pk]))
        assert answer.status_code == HTTPStatus.OK
        assert answer.json()["is_active"] is False
        assert set(answer.json()) == STAFF_SEE

    @pytest.mark.parametrize("user_id", [0, 2**63, 10**40])
    def test_unknown_account_is_not_found(
        self, as_staff: APIClient, user_id: int
    ) -> None:
        """An id that is not there, or could not be, is a JSON 404."""
        answer = as_staff.get(reverse("users:detail", args=[user_id]))
        assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")

    def test_nobody_else_learns_which_ids_exist(
        self, api: APIClient, as_user: APIClient, user: User
    ) -> None:
        """Not even whether the own one does."""
        for user_id in (user.pk, 0):
            url = reverse("users:detail", args=[user_id])
            assert_error(api.get(url), HTTPStatus.UNAUTHORIZED, "not_authenticated")
            assert_error(as_user.get(url), HTTPStatus.FORBIDDEN, "permission_denied")

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_accounts_of_others_are_changed_in_the_admin_site(
        self, as_staff: APIClient, user: User, method: str
    ) -> None:
        """An id in the path opens nothing for any other method."""
        answer = getattr(as_staff, method)(reverse("users:detail", args=[user.pk]))
        assert_error(answer, HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed")
