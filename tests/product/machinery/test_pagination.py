"""Whatever stands in a cursor, whatever a list is ordered by."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from apps.core.pagination import StandardPagination
from apps.users.models import User
from apps.users.tests.factories import UserFactory
from tests.assertions import assert_error

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from pytest_django import DjangoAssertNumQueries
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
URL = reverse("users:list")
MOST_ROWS = 100


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


def test_link_keeps_the_rest_of_the_query(as_staff: "APIClient") -> None:
    """Search, order and size hold for all pages; a page number means nothing here."""
    UserFactory.create_batch(3)
    query = {"cursor": "", "page_size": "1", "ordering": "email", "page": "7"}
    body = as_staff.get(URL, query).json()
    following = parse_qs(urlsplit(body["next"]).query)
    assert following.pop("cursor")
    assert following == {"page_size": ["1"], "ordering": ["email"]}


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
        urlsafe_base64_encode(b'["2026-01-01T00:00:00Z", 1e400]'),
        urlsafe_base64_encode(b'["2026-01-01T00:00:00Z", Infinity]'),
        written(["2026-01-01T00:00:00Z", None]),
        written([None, 1]),
        written([[], 1]),
        written([{}, 1]),
        written([1.5, 1]),
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


@pytest.mark.parametrize("size", ["0", "-1", "1.5", "x", "", " ", "1_0", "\u0661"])
@pytest.mark.parametrize("page", [{"page": "1"}, {"cursor": ""}])
def test_size_that_is_none_is_refused(
    as_staff: "APIClient", size: str, page: dict[str, str]
) -> None:
    """A page of another size than the client meant would look right to it."""
    answer = as_staff.get(URL, {"page_size": size, **page})
    assert_error(answer, HTTPStatus.BAD_REQUEST, "invalid", attr="page_size")


@pytest.mark.parametrize("size", ["101", "9" * 5000, "0" * 5000 + "1000"])
def test_size_has_a_limit(as_staff: "APIClient", size: str) -> None:
    """However many rows are asked for, a hundred come."""
    UserFactory.create_batch(101)
    assert len(as_staff.get(URL, {"page_size": size}).json()["results"]) == MOST_ROWS


@pytest.mark.parametrize(
    ("of_the_model", "of_the_list", "expected"),
    [
        (["-full_name"], [], ["b", "a", "a"]),
        (["full_name"], ["-full_name"], ["b", "a", "a"]),
        (["full_name"], ["full_name", "-email"], ["a", "a", "b"]),
        ([], ["-pk"], ["b", "a", "a"]),
        ([], [], ["a", "a", "b"]),
    ],
)
def test_any_order_can_be_followed(
    of_the_model: list[str],
    of_the_list: list[str],
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An order of the model, one by the id, and one that leaves rows equal."""
    for name in ("a", "a", "b"):
        UserFactory.create(full_name=name)
    monkeypatch.setattr(User._meta, "ordering", of_the_model)
    users = User.objects.order_by(*of_the_list) if of_the_list else User.objects.all()
    assert [user.full_name for user in followed(users)] == expected


@pytest.mark.parametrize("ordering", ["last_login", "-last_login"])
def test_rows_without_a_value_have_their_place(ordering: str) -> None:
    """Behind all others, or before them when the order is turned around."""
    for day in (None, 2, None, 1):
        when = day and datetime(2026, 1, day, tzinfo=UTC)
        UserFactory.create(last_login=when)
    last = "-pk" if ordering.startswith("-") else "pk"
    expected = list(User.objects.order_by(ordering, last))
    assert followed(User.objects.order_by(ordering)) == expected


def followed(users: "QuerySet[User]") -> list[User]:
    """Follow the cursors of a list, row by row."""
    seen: list[User] = []
    url: str | None = "/?cursor=&page_size=1"
    while url:
        paginator = StandardPagination()
        request = APIView().initialize_request(APIRequestFactory().get(url))
        seen += paginator.paginate_queryset(users, request) or []
        url = paginator.get_paginated_response([]).data["next"]
    return seen


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


@pytest.mark.parametrize("page", ["0", "-1", "last", ""])
def test_page_that_is_none_is_not_found(as_staff: "APIClient", page: str) -> None:
    """Whatever a client makes up."""
    answer = as_staff.get(URL, {"page": page})
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")
