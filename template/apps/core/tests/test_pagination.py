"""Pages of lists that follow a cursor."""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode

from apps.users.models import User
from apps.users.tests.factories import UserFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
URL = reverse("users:list")


def written(content: object) -> str:
    """Write a cursor."""
    return urlsafe_base64_encode(json.dumps(content).encode())


def walk(client: "APIClient", ordering: str) -> list[list[str]]:
    """Follow the links from the first page to the last."""
    pages = []
    url: str | None = f"{URL}?cursor=&page_size=2&ordering={ordering}"
    while url:
        body: dict[str, Any] = client.get(url).json()
        pages.append([entry["email"] for entry in body["results"]])
        url = body["next"]
    return pages


ORDERINGS = [
    f"{sign}{name}"
    for name in ("date_joined", "email", "full_name")
    for sign in ("", "-")
]


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_every_row_comes_once_and_in_order(
    as_staff: "APIClient", ordering: str
) -> None:
    """Rows that are equal in the field are no exception."""
    UserFactory.create_batch(5, full_name="Same")
    UserFactory.create_batch(2, full_name="")
    pages = walk(as_staff, ordering)
    last = "-pk" if ordering.startswith("-") else "pk"
    ordered = User.objects.order_by(ordering, last).values_list("email", flat=True)
    assert [email for page in pages for email in page] == list(ordered)
    assert [len(page) for page in pages] == [2, 2, 2, 2]


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


def test_link_keeps_the_rest_of_the_query(as_staff: "APIClient") -> None:
    """Search, order and size hold for all pages; a page number means nothing here."""
    UserFactory.create_batch(3)
    query = {"cursor": "", "page_size": "1", "ordering": "email", "page": "7"}
    body = as_staff.get(URL, query).json()
    following = parse_qs(urlsplit(body["next"]).query)
    assert following.pop("cursor")
    assert following == {"page_size": ["1"], "ordering": ["email"]}


def test_page_has_neither_count_nor_way_back(as_staff: "APIClient") -> None:
    """Counting is what makes late pages slow."""
    body = as_staff.get(URL, {"cursor": ""}).json()
    assert set(body) == {"next", "results"}
    assert body["next"] is None


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "%%%",
        "-",
        "[",
        written([]),
        written(None),
        written("ab"),
        written(["2026-01-01T00:00:00Z"]),
        written(["2026-01-01T00:00:00Z", "x"]),
        written(["2026-01-01T00:00:00Z", [1]]),
        written(["2026-13-01", 1]),
        written([1, 1]),
        written(["a\x00b", 1]),
        written(["\ud800", 1]),
        urlsafe_base64_encode(b"[" * 100_000),
        urlsafe_base64_encode(b"\xff\xfe"),
    ],
)
@pytest.mark.parametrize("ordering", ["-date_joined", "email"])
def test_cursor_that_is_none_is_refused(
    as_staff: "APIClient", cursor: str, ordering: str
) -> None:
    """Whatever a client makes up is answered 404, as a wrong page number is."""
    answer = as_staff.get(URL, {"cursor": cursor, "ordering": ordering})
    if ordering == "email" and answer.status_code == HTTPStatus.OK:
        # Any text is a place among e-mails.
        assert json.loads(answer.content)["next"] is None
        return
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")


@pytest.mark.parametrize("key", [2**63, -(10**40), 10**4000])
def test_cursor_with_a_huge_id_finds_nothing_wrong(
    as_staff: "APIClient", key: int
) -> None:
    """An id that no row can have is a place before or behind all rows."""
    answer = as_staff.get(URL, {"cursor": written(["2999-01-01T00:00:00Z", key])})
    assert answer.status_code == HTTPStatus.OK


def test_page_is_one_query_and_has_no_offset(
    as_staff: "APIClient", django_assert_num_queries: "DjangoAssertNumQueries"
) -> None:
    """The token with its account, and the page; late pages cost what early ones do."""
    UserFactory.create_batch(3)
    following = as_staff.get(URL, {"cursor": "", "page_size": "1"}).json()["next"]
    with django_assert_num_queries(2) as captured:
        as_staff.get(following)
    assert "OFFSET" not in captured[-1]["sql"]
