"""Endpoints for samples."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from apps.samples.models import MAX_QUANTITY, Sample
from apps.samples.tests.factories import SampleFactory
from django.urls import reverse

from tests.assertions import assert_error

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from rest_framework.test import APIClient

    from apps.users.models import User

pytestmark = pytest.mark.django_db
LIST = reverse("samples:list")


def detail(sample: Sample) -> str:
    """Return the URL of one."""
    return reverse("samples:detail", args=[sample.pk])


def test_the_account_sees_its_own(as_user: "APIClient", user: "User") -> None:
    """And nobody else's."""
    sample = SampleFactory.create(owner=user)
    SampleFactory.create()
    answer = as_user.get(LIST)
    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["count"] == 1
    assert answer.json()["results"] == [
        {
            "id": sample.pk,
            "title": sample.title,
            "quantity": sample.quantity,
            "created_at": sample.created_at.isoformat().replace("+00:00", "Z"),
        }
    ]


def test_search_narrows_the_list(as_user: "APIClient", user: "User") -> None:
    """By a part of the title."""
    SampleFactory.create(owner=user, title="Books")
    SampleFactory.create(owner=user, title="Pens")
    answer = as_user.get(LIST, {"search": "boo"})
    assert [row["title"] for row in answer.json()["results"]] == ["Books"]


def test_pages_follow_a_cursor(as_user: "APIClient", user: "User") -> None:
    """Each begins where the one before ended."""
    SampleFactory.create_batch(3, owner=user)
    seen, url = [], f"{LIST}?cursor=&page_size=2"
    while url:
        page = as_user.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == Sample.objects.count()


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMl0"])
def test_a_wrong_cursor_is_not_found(as_user: "APIClient", cursor: str) -> None:
    """It leads to no page."""
    answer = as_user.get(LIST, {"cursor": cursor})
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")


def test_it_is_created(as_user: "APIClient", user: "User") -> None:
    """The quantity may be left out."""
    answer = as_user.post(LIST, {"title": "Books", "owner": 0})
    assert answer.status_code == HTTPStatus.CREATED
    sample = Sample.objects.get(pk=answer.json()["id"])
    assert (sample.owner, sample.title, sample.quantity) == (user, "Books", 1)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("title", "", "blank"),
        ("title", None, "null"),
        ("title", 1, "invalid"),
        ("title", "x" * 121, "max_length"),
        ("quantity", 0, "min_value"),
        ("quantity", MAX_QUANTITY + 1, "max_value"),
        ("quantity", "many", "invalid"),
        ("quantity", "1", "invalid"),
    ],
)
def test_a_wrong_value_is_named(
    as_user: "APIClient", field: str, value: object, code: str
) -> None:
    """The error names its field."""
    answer = as_user.post(LIST, {"title": "Books", field: value})
    assert_error(answer, HTTPStatus.BAD_REQUEST, code, field)


def test_a_taken_title_is_a_conflict(as_user: "APIClient", user: "User") -> None:
    """The client may choose another one."""
    SampleFactory.create(owner=user, title="Books")
    answer = as_user.post(LIST, {"title": "Books"})
    assert_error(answer, HTTPStatus.CONFLICT, "title_taken", "title")


def test_one_is_shown(as_user: "APIClient", user: "User") -> None:
    """With all its values."""
    sample = SampleFactory.create(owner=user)
    answer = as_user.get(detail(sample))
    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["title"] == sample.title


def test_one_is_replaced(as_user: "APIClient", user: "User") -> None:
    """The answer shows the new values."""
    sample = SampleFactory.create(owner=user)
    answer = as_user.put(detail(sample), {"title": "Pens", "quantity": 7})
    assert answer.status_code == HTTPStatus.OK
    assert (answer.json()["title"], answer.json()["quantity"]) == ("Pens", 7)


def test_one_is_deleted(as_user: "APIClient", user: "User") -> None:
    """And is gone."""
    sample = SampleFactory.create(owner=user)
    assert as_user.delete(detail(sample)).status_code == HTTPStatus.NO_CONTENT
    answer = as_user.get(detail(sample))
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_strangers_are_kept_out(as_user: "APIClient", method: str) -> None:
    """Whatever they try."""
    sample = SampleFactory.create()
    answer = getattr(as_user, method)(detail(sample))
    assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")


def test_staff_read_and_do_not_write(as_staff: "APIClient") -> None:
    """Helping a user needs no more."""
    sample = SampleFactory.create()
    assert as_staff.get(detail(sample)).status_code == HTTPStatus.OK
    answer = as_staff.delete(detail(sample))
    assert_error(answer, HTTPStatus.FORBIDDEN, "permission_denied")


@pytest.mark.parametrize("method", ["get", "post"])
def test_credentials_are_needed(api: "APIClient", method: str) -> None:
    """Without them the answer says how to bring some."""
    answer = getattr(api, method)(LIST)
    assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Token"


def test_other_methods_are_refused(as_user: "APIClient") -> None:
    """The list can only be read and added to."""
    answer = as_user.delete(LIST)
    assert_error(answer, HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed")


def test_number_of_queries(
    as_user: "APIClient",
    user: "User",
    django_assert_num_queries: "DjangoAssertNumQueries",
) -> None:
    """The token, the count and the page: however many there are."""
    SampleFactory.create_batch(5, owner=user)
    with django_assert_num_queries(3):
        as_user.get(LIST)
