"""Pages of lists: numbered, or following a cursor."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from apps.users.models import User
from apps.users.tests.factories import UserFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
URL = reverse("users:list")


@pytest.mark.parametrize("ordering", ["email", "-email", "full_name", "-date_joined"])
@pytest.mark.parametrize("first", ["page=1", "cursor="])
def test_every_row_comes_once_and_in_order(
    as_staff: "APIClient", ordering: str, first: str
) -> None:
    """Rows that are equal in the field are no exception."""
    UserFactory.create_batch(4, full_name="Same")
    seen: list[int] = []
    url: str | None = f"{URL}?{first}&page_size=2&ordering={ordering}"
    while url:
        body = as_staff.get(url).json()
        seen += [entry["id"] for entry in body["results"]]
        url = body["next"]
    last = "-pk" if ordering.startswith("-") else "pk"
    ordered = User.objects.order_by(ordering, last)
    assert seen == list(ordered.values_list("pk", flat=True))


def test_row_that_comes_in_between_shifts_nothing(as_staff: "APIClient") -> None:
    """A numbered page would show its last row again."""
    accounts = UserFactory.create_batch(3)
    query = {"cursor": "", "page_size": "2", "search": "@example.com"}
    first = as_staff.get(URL, query).json()
    UserFactory.create()
    second = as_staff.get(first["next"]).json()
    shown = [entry["id"] for page in (first, second) for entry in page["results"]]
    assert len(shown) == len(set(shown))
    assert {account.pk for account in accounts} <= set(shown)


def test_late_page_costs_what_an_early_one_does(
    as_staff: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
) -> None:
    """The token with its account, and the page; nothing is counted or skipped."""
    UserFactory.create_batch(3)
    first = as_staff.get(URL, {"cursor": "", "page_size": "1"}).json()
    assert set(first) == {"next", "results"}
    with django_assert_num_queries(2) as captured:
        as_staff.get(first["next"])
    assert "OFFSET" not in captured[-1]["sql"]


@pytest.mark.parametrize(
    "query",
    [{"cursor": "nonsense"}, {"cursor": "W10"}, {"page": "0"}, {"page": "last"}],
)
def test_page_that_is_none_is_not_found(
    as_staff: "APIClient", query: dict[str, str]
) -> None:
    """Whatever a client makes up."""
    answer = as_staff.get(URL, query)
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")


@pytest.mark.parametrize("size", ["0", "-1", "x"])
@pytest.mark.parametrize("page", [{"page": "1"}, {"cursor": ""}])
def test_size_that_is_none_is_refused(
    as_staff: "APIClient", size: str, page: dict[str, str]
) -> None:
    """A page of another size than the client meant would look right to it."""
    answer = as_staff.get(URL, {"page_size": size, **page})
    assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid", attr="page_size")


@pytest.mark.parametrize(("asked", "given"), [({}, 20), ({"page_size": "1000"}, 100)])
def test_page_has_a_length_and_a_limit(
    as_staff: "APIClient", asked: dict[str, str], given: int
) -> None:
    """A client cannot ask for everything at once."""
    User.objects.bulk_create(UserFactory.build_batch(101))
    assert len(as_staff.get(URL, asked).json()["results"]) == given
