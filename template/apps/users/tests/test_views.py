"""Endpoints for accounts: registration, the own account, the list for staff."""

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from rest_framework.authtoken.models import Token

from apps.users.models import User
from apps.users.tests.factories import PASSWORD, StaffFactory, UserFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import DjangoAssertNumQueries
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
EMAIL = "ada@example.com"


def new_account(**fields: object) -> dict[str, Any]:
    """Make the body of a registration."""
    return {"email": EMAIL, "password": PASSWORD, **fields}


class TestRegister:
    """POST /api/v1/auth/register/."""

    def test_account_is_made(self, api: "APIClient") -> None:
        """The answer shows the account and never the password."""
        answer = api.post(reverse("users:register"), new_account(full_name="Ada"))
        assert answer.status_code == HTTPStatus.CREATED
        account = User.objects.get()
        body = answer.json()
        assert datetime.fromisoformat(body.pop("date_joined")) == account.date_joined
        assert body == {
            "id": account.pk,
            "email": EMAIL,
            "full_name": "Ada",
            "is_staff": False,
        }

    def test_name_may_be_left_out(self, api: "APIClient") -> None:
        """E-mail and password are enough."""
        answer = api.post(reverse("users:register"), new_account())
        assert answer.status_code == HTTPStatus.CREATED
        assert answer.json()["full_name"] == ""

    def test_password_keeps_its_blanks(self, api: "APIClient") -> None:
        """Blanks around a password belong to it."""
        answer = api.post(
            reverse("users:register"), new_account(password=f" {PASSWORD} ")
        )
        assert answer.status_code == HTTPStatus.CREATED
        assert User.objects.get().check_password(f" {PASSWORD} ")

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("email", None, "null"),
            ("email", "", "blank"),
            ("email", "ada", "invalid"),
            ("email", ["a"], "invalid"),
            ("email", "a" * 250 + "@example.com", "max_length"),
            ("password", "", "blank"),
            ("password", "short", "password_too_short"),
            ("password", "x" * 129, "max_length"),
            ("full_name", "x" * 151, "max_length"),
            ("full_name", {}, "invalid"),
        ],
    )
    def test_wrong_value_is_named(
        self, api: "APIClient", field: str, value: object, code: str
    ) -> None:
        """Each error names its field."""
        answer = api.post(reverse("users:register"), new_account(**{field: value}))
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, field)
        assert answer.json()["type"] == "validation_error"

    @pytest.mark.parametrize("field", ["email", "password"])
    def test_missing_field_is_named(self, api: "APIClient", field: str) -> None:
        """Required fields are asked for by name."""
        body = new_account()
        del body[field]
        answer = api.post(reverse("users:register"), body)
        assert_error(answer, HTTPStatus.BAD_REQUEST, "required", field)

    @pytest.mark.parametrize("email", [EMAIL, EMAIL.upper(), f" {EMAIL}"])
    def test_taken_email_is_refused(self, api: "APIClient", email: str) -> None:
        """One address is one account, in any case."""
        UserFactory.create(email=EMAIL)
        answer = api.post(reverse("users:register"), new_account(email=email))
        assert_error(answer, HTTPStatus.BAD_REQUEST, "unique", "email")

    def test_rights_cannot_be_taken(self, api: "APIClient") -> None:
        """Fields that nobody asked for are ignored."""
        answer = api.post(
            reverse("users:register"),
            new_account(id=1, is_staff=True, is_superuser=True, groups=[1]),
        )
        assert answer.status_code == HTTPStatus.CREATED
        account = User.objects.get()
        assert not account.is_staff
        assert not account.is_superuser

    def test_number_of_queries(
        self, api: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
    ) -> None:
        """Both constraints, one of them between savepoints, and the insert."""
        with django_assert_num_queries(7):
            api.post(reverse("users:register"), new_account())


class TestMe:
    """/api/v1/users/me/."""

    def test_account_is_shown(self, as_user: "APIClient", user: User) -> None:
        """The owner sees the account."""
        answer = as_user.get(reverse("users:me"))
        assert answer.status_code == HTTPStatus.OK
        assert answer.json()["email"] == user.email
        assert set(answer.json()) == {
            "id",
            "email",
            "full_name",
            "is_staff",
            "date_joined",
        }

    @pytest.mark.parametrize("method", ["get", "patch", "delete"])
    def test_needs_credentials(self, api: "APIClient", method: str) -> None:
        """Without credentials the answer says how to authenticate."""
        answer = getattr(api, method)(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")
        assert answer["WWW-Authenticate"] == "Token"

    @pytest.mark.parametrize(
        "header", ["Token", "Token a b", "Token unknown", "Token \u00e9"]
    )
    def test_wrong_token_is_refused(self, api: "APIClient", header: str) -> None:
        """A token that is none opens nothing."""
        answer = api.get(reverse("users:me"), HTTP_AUTHORIZATION=header)
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")

    def test_inactive_account_is_refused(self, as_user: "APIClient") -> None:
        """Deactivating an account closes what its token had opened."""
        User.objects.update(is_active=False)
        answer = as_user.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")

    def test_name_is_changed(self, as_user: "APIClient", user: User) -> None:
        """The owner may change the name."""
        answer = as_user.patch(reverse("users:me"), {"full_name": "Countess"})
        assert answer.status_code == HTTPStatus.OK
        assert answer.json()["full_name"] == "Countess"
        user.refresh_from_db()
        assert user.full_name == "Countess"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"full_name": None}, "null"),
            ({"full_name": 0}, "invalid"),
            ({"full_name": "x" * 151}, "max_length"),
        ],
    )
    def test_wrong_name_is_refused(
        self, as_user: "APIClient", body: dict[str, Any], code: str
    ) -> None:
        """The error names the field."""
        answer = as_user.patch(reverse("users:me"), body)
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, "full_name")

    def test_what_is_left_out_is_kept(self, as_user: "APIClient", user: User) -> None:
        """A change that names nothing changes nothing, as the document says."""
        answer = as_user.patch(reverse("users:me"), {})
        assert answer.status_code == HTTPStatus.OK
        assert answer.json()["full_name"] == user.full_name != ""

    def test_nothing_else_is_changed(self, as_user: "APIClient", user: User) -> None:
        """Login, rights and password have endpoints of their own, or none."""
        answer = as_user.patch(
            reverse("users:me"),
            {
                "full_name": "Ada",
                "email": "evil@example.com",
                "is_staff": True,
                "is_superuser": True,
                "password": PASSWORD[::-1],
            },
        )
        assert answer.status_code == HTTPStatus.OK
        email = user.email
        user.refresh_from_db()
        assert user.email == email
        assert not user.is_staff
        assert not user.is_superuser
        assert user.check_password(PASSWORD)

    def test_account_is_deleted(self, as_user: "APIClient") -> None:
        """Account and token are gone."""
        answer = as_user.delete(reverse("users:me"))
        assert answer.status_code == HTTPStatus.NO_CONTENT
        assert not User.objects.exists()
        answer = as_user.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "authentication_failed")

    def test_staff_cannot_delete_themselves(
        self, as_staff: "APIClient", staff: User
    ) -> None:
        """A project never loses its last admin to a slip."""
        answer = as_staff.delete(reverse("users:me"))
        assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")
        assert User.objects.filter(pk=staff.pk).exists()

    def test_session_needs_a_csrf_token_to_delete(
        self,
        browser: "APIClient",
        user: User,
        login: "Callable[[APIClient, User], str]",
    ) -> None:
        """A foreign page cannot delete the account of who is logged in."""
        csrf_token = login(browser, user)
        answer = browser.delete(reverse("users:me"))
        assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")
        answer = browser.delete(reverse("users:me"), HTTP_X_CSRFTOKEN=csrf_token)
        assert answer.status_code == HTTPStatus.NO_CONTENT
        answer = browser.get(reverse("users:me"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")

    @pytest.mark.parametrize(
        ("method", "body", "queries"),
        [("get", None, 1), ("patch", {"full_name": "Ada"}, 4), ("delete", None, 8)],
    )
    def test_number_of_queries(
        self,
        as_user: "APIClient",
        method: str,
        body: object,
        queries: int,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """The token with its account, then what the method does."""
        with django_assert_num_queries(queries):
            getattr(as_user, method)(reverse("users:me"), body)


class TestList:
    """GET /api/v1/users/."""

    def test_staff_see_all_accounts(self, as_staff: "APIClient", staff: User) -> None:
        """The newest comes first; staff see more of an account than its owner."""
        newer = UserFactory.create()
        answer = as_staff.get(reverse("users:list"))
        assert answer.status_code == HTTPStatus.OK
        body = answer.json()
        assert (body["count"], body["next"], body["previous"]) == (2, None, None)
        assert [entry["id"] for entry in body["results"]] == [newer.pk, staff.pk]
        assert set(body["results"][0]) == {
            "id",
            "email",
            "full_name",
            "is_staff",
            "is_active",
            "date_joined",
            "last_login",
        }

    def test_needs_credentials(self, api: "APIClient") -> None:
        """Without credentials the answer says how to authenticate."""
        answer = api.get(reverse("users:list"))
        assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")

    def test_others_are_refused(self, as_user: "APIClient") -> None:
        """An ordinary account sees nobody else."""
        answer = as_user.get(reverse("users:list"))
        assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")

    def test_pages_follow_each_other(self, as_staff: "APIClient") -> None:
        """Together the pages hold each account once."""
        UserFactory.create_batch(5)
        url: str | None = f"{reverse('users:list')}?page_size=2"
        seen: list[int] = []
        while url:
            body = as_staff.get(url).json()
            seen += [entry["id"] for entry in body["results"]]
            url = body["next"]
        assert sorted(seen) == sorted(User.objects.values_list("pk", flat=True))

    @pytest.mark.parametrize("page", ["0", "-1", "99", "x", "1e9"])
    def test_unknown_page_is_refused(self, as_staff: "APIClient", page: str) -> None:
        """A page that is not there is a JSON 404."""
        answer = as_staff.get(reverse("users:list"), {"page": page})
        assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")

    def test_page_is_never_longer_than_100(self, as_staff: "APIClient") -> None:
        """A client cannot ask for everything at once."""
        accounts = UserFactory.build_batch(101)
        User.objects.bulk_create(accounts)
        answer = as_staff.get(reverse("users:list"), {"page_size": 1000})
        assert len(answer.json()["results"]) == 100  # noqa: PLR2004 - the limit

    def test_page_is_20_long_by_default(self, as_staff: "APIClient") -> None:
        """The baseline's page size holds."""
        User.objects.bulk_create(UserFactory.build_batch(21))
        answer = as_staff.get(reverse("users:list"))
        assert len(answer.json()["results"]) == 20  # noqa: PLR2004 - the default

    def test_search(self, as_staff: "APIClient") -> None:
        """The search looks at e-mail and name."""
        found = UserFactory.create(full_name="Ada Lovelace")
        answer = as_staff.get(reverse("users:list"), {"search": "LOVELACE"})
        assert [entry["id"] for entry in answer.json()["results"]] == [found.pk]

    @pytest.mark.parametrize(
        ("ordering", "expected"),
        [
            ("email", ["a@x.example", "b@x.example", "c@x.example"]),
            ("-email", ["c@x.example", "b@x.example", "a@x.example"]),
            ("full_name", ["c@x.example", "a@x.example", "b@x.example"]),
            ("-full_name", ["b@x.example", "a@x.example", "c@x.example"]),
            ("date_joined", ["b@x.example", "a@x.example", "c@x.example"]),
            ("-date_joined", ["c@x.example", "a@x.example", "b@x.example"]),
        ],
    )
    def test_ordering(
        self, as_staff: "APIClient", ordering: str, expected: list[str]
    ) -> None:
        """Each order works in both directions."""
        for email, name in (("b", "Zoe"), ("a", "Bob"), ("c", "Ann")):
            UserFactory.create(email=f"{email}@x.example", full_name=name)
        query = {"ordering": ordering, "search": "@x.example"}
        answer = as_staff.get(reverse("users:list"), query)
        assert [entry["email"] for entry in answer.json()["results"]] == expected

    @pytest.mark.parametrize(
        ("query", "code", "attr"),
        [
            ({"ordering": "password"}, "invalid_choice", "ordering"),
            ({"ordering": ""}, "invalid_choice", "ordering"),
            ({"ordering": "groups__name"}, "invalid_choice", "ordering"),
            ({"search": "x" * 255}, "max_length", "search"),
            ({"search": "a\x00b"}, "null_characters_not_allowed", "search"),
        ],
    )
    def test_wrong_query_is_refused(
        self, as_staff: "APIClient", query: dict[str, str], code: str, attr: str
    ) -> None:
        """Only what is meant to be searched and ordered can be."""
        answer = as_staff.get(reverse("users:list"), query)
        assert_error(answer, HTTPStatus.BAD_REQUEST, code, attr)

    def test_number_of_queries_does_not_grow(
        self, as_staff: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
    ) -> None:
        """The token with its account, the count, the page."""
        UserFactory.create_batch(5)
        with django_assert_num_queries(3):
            as_staff.get(reverse("users:list"))


class TestDetail:
    """GET /api/v1/users/<id>/."""

    def test_staff_see_an_account(self, as_staff: "APIClient") -> None:
        """Staff see any account."""
        account = StaffFactory.create(is_active=False)
        answer = as_staff.get(reverse("users:detail", args=[account.pk]))
        assert answer.status_code == HTTPStatus.OK
        assert answer.json()["email"] == account.email
        assert answer.json()["is_active"] is False

    @pytest.mark.parametrize("user_id", [0, 2**63, 10**40])
    def test_unknown_account_is_not_found(
        self, as_staff: "APIClient", user_id: int
    ) -> None:
        """An id that is not there, or could not be, is a JSON 404."""
        answer = as_staff.get(reverse("users:detail", args=[user_id]))
        assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")

    def test_needs_credentials(self, api: "APIClient", user: User) -> None:
        """Without credentials nobody learns which ids exist."""
        for user_id in (user.pk, 0):
            answer = api.get(reverse("users:detail", args=[user_id]))
            assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")

    def test_others_are_refused(self, as_user: "APIClient", user: User) -> None:
        """An ordinary account learns nothing, not even about itself."""
        for user_id in (user.pk, 0):
            answer = as_user.get(reverse("users:detail", args=[user_id]))
            assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")

    def test_wrong_method_is_refused(self, as_staff: "APIClient", user: User) -> None:
        """Accounts of others are changed in the admin site."""
        answer = as_staff.delete(reverse("users:detail", args=[user.pk]))
        assert_error(answer, HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed")

    def test_number_of_queries(
        self,
        as_staff: "APIClient",
        user: User,
        django_assert_num_queries: "DjangoAssertNumQueries",
    ) -> None:
        """The token with its account, and the account asked for."""
        with django_assert_num_queries(2):
            as_staff.get(reverse("users:detail", args=[user.pk]))


def test_token_authenticates(api: "APIClient", user: User) -> None:
    """The header of the API's documentation works."""
    key = Token.objects.create(user=user).key
    answer = api.get(reverse("users:me"), HTTP_AUTHORIZATION=f"Token {key}")
    assert answer.status_code == HTTPStatus.OK
