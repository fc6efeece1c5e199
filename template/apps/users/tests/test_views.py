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


def credentials(account: User, **fields: object) -> dict[str, Any]:
    """Make the body of a login."""
    return {"email": account.email, "password": PASSWORD, **fields}


def right_body(name: str, account: User) -> dict[str, Any]:
    """Make what an endpoint accepts."""
    link = reset_link(account, new_password=OTHER_PASSWORD)
    bodies = {
        "register": {"email": EMAIL, "password": PASSWORD},
        "token": credentials(account),
        "login": credentials(account),
        "password-change": CHANGE,
        "password-reset": {"email": account.email},
        "password-reset-confirm": link,
        "me": {"full_name": "Ada"},
    }
    return bodies.get(name, {})


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


LOGINS = ("token", "login")
LONG = "x" * 250 + "@example.com"
MISSING = object()
REFUSED, WEAK = "invalid_credentials", "password_too_short"
WRONG_PASSWORDS: list[tuple[object, str]] = [
    (None, "null"),
    ("", "blank"),
    (PASSWORD.swapcase(), REFUSED),
]
WRONG: dict[tuple[str, str], list[tuple[object, str]]] = {
    ("register", "email"): [(None, "null"), ("ada", "invalid"), (LONG, "max_length")],
    ("register", "password"): [("", "blank"), ("short", WEAK), (LONG, "max_length")],
    ("register", "full_name"): [({}, "invalid"), (LONG, "max_length")],
    **{(name, "email"): [(MISSING, "required"), (EMAIL, REFUSED)] for name in LOGINS},
    **{(name, "password"): WRONG_PASSWORDS for name in LOGINS},
    ("password-change", "current_password"): [(OTHER_PASSWORD, "wrong_password")],
    ("password-change", "new_password"): [("short", WEAK), (LONG, "max_length")],
    ("password-reset", "email"): [(MISSING, "required"), ("ada", "invalid")],
    ("password-reset-confirm", "uid"): [("forged", "invalid_reset_link")],
    ("password-reset-confirm", "token"): [(LONG, "max_length")],
    ("password-reset-confirm", "new_password"): [("short", WEAK)],
    ("me", "full_name"): [(None, "null"), (0, "invalid"), (LONG, "max_length")],
}
CASES = [(*field, *case) for field, cases in WRONG.items() for case in cases]


@pytest.mark.parametrize(
    ("name", "field", "value", "code"),
    CASES,
    ids=[f"{name} {field} {code}" for name, field, _, code in CASES],
)
def test_wrong_value_is_named_and_changes_nothing(
    as_user: APIClient, name: str, field: str, value: object, code: str
) -> None:
    """The account, its password and its token stay; credentials tell no more."""
    account = User.objects.get()
    body = right_body(name, account) | {field: value}
    body = {key: one for key, one in body.items() if one is not MISSING}
    method = "patch" if name == "me" else "post"
    answer = getattr(as_user, method)(reverse(f"users:{name}"), body)
    attr = {REFUSED: None, "invalid_reset_link": "token"}.get(code, field)
    assert_error(answer, HTTPStatus.BAD_REQUEST, code, attr)
    (stored,) = User.objects.all()
    assert (stored.full_name, stored.password) == (account.full_name, account.password)
    assert Token.objects.count() == 1
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("asked", "queries"),
    [
        # The account, again, locked, the token, surplus ones, an entry.
        ("post token", 7),
        ("get tokens", 3),
        ("post token-revoke", 5),
        # The token with its account, update and deletion between savepoints, two entries.
        ("post password-change", 11),
        # The locked account, update, deletion between savepoints, confirmation, entries.
        ("post password-reset-confirm", 13),
        # What a deletion costs depends on the models that refer to the account.
        ("get me", 1),
        ("patch me", 4),
        # The token with its account, the count, the page.
        ("get list", 3),
    ],
)
def test_number_of_queries(
    as_staff: APIClient,
    staff: User,
    django_assert_num_queries: "DjangoAssertNumQueries",
    asked: str,
    queries: int,
) -> None:
    """However many accounts there are."""
    UserFactory.create_batch(5)
    method, name = asked.split()
    body = right_body(name, staff) if method != "get" else None
    with django_assert_num_queries(queries):
        getattr(as_staff, method)(reverse(f"users:{name}"), body)


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
                answer = api.post(
                    reverse("users:register"), {"email": address, "password": PASSWORD}
                )
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
        body = {"email": EMAIL, "password": f" {PASSWORD} "}
        api.post(reverse("users:register"), body)
        assert User.objects.get().full_name == ""
        assert User.objects.get().check_password(f" {PASSWORD} ")


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
        """However the e-mail is written; in the header that the documentation names."""
        body = credentials(user, email=f" {user.email.upper()} ")
        answer = api.post(reverse("users:token"), body)
        assert answer.status_code == HTTPStatus.OK
        header = f"Token {answer.json()['token']}"
        answer = api.get(reverse("users:me"), HTTP_AUTHORIZATION=header)
        assert answer.json()["email"] == user.email

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
        url = reverse("users:password-change")
        answer = browser.post(url, CHANGE)
        assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")
        answer = browser.post(url, CHANGE, HTTP_X_CSRFTOKEN=csrf_token)
        assert answer.status_code == HTTPStatus.NO_CONTENT
        assert browser.get(reverse("users:me")).status_code == HTTPStatus.OK
        for client in (thief, as_user):
            answer = client.get(reverse("users:me"))
            assert answer.status_code == HTTPStatus.UNAUTHORIZED


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

    def test_link_sets_the_password_once_and_ends_all_sessions(
        self, api: APIClient, browser: APIClient, user: User, login: "OpenSession"
    ) -> None:
        """Who had taken the account over is thrown out; that it was read confirms it."""
        TokenFactory.create(user=user)
        login(browser, user)
        User.objects.update(is_confirmed=False)
        user.refresh_from_db()
        link = reset_link(user, new_password=OTHER_PASSWORD)
        answer = api.post(reverse("users:password-reset-confirm"), link)
        assert answer.status_code == HTTPStatus.NO_CONTENT
        assert not Token.objects.exists()
        assert User.objects.get().is_confirmed
        body = credentials(user, password=OTHER_PASSWORD)
        assert api.post(reverse("users:token"), body).status_code == HTTPStatus.OK
        answer = api.post(reverse("users:password-reset-confirm"), link)
        assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid_reset_link", "token")
        answer = browser.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")


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
        answer = as_staff.patch(reverse("users:me"), {"full_name": "Ada"})
        assert answer.status_code == HTTPStatus.OK


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

    @pytest.mark.parametrize("fields", [{}, {"is_staff": True, "is_active": False}])
    def test_others_are_refused(self, api: APIClient, fields: dict[str, Any]) -> None:
        """An ordinary account sees nobody else, and staff do as long as it is active."""
        api.force_authenticate(UserFactory.create(**fields))
        answer = api.get(reverse("users:list"))
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

    @pytest.mark.parametrize(
        ("asked", "given"), [({}, 20), ({"page_size": "1000"}, 100)]
    )
    def test_page_has_a_length_and_a_limit(
        self, as_staff: APIClient, asked: dict[str, str], given: int
    ) -> None:
        """A client cannot ask for everything at once."""
        User.objects.bulk_create(UserFactory.build_batch(101))
        answer = as_staff.get(reverse("users:list"), asked)
        assert len(answer.json()["results"]) == given


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
