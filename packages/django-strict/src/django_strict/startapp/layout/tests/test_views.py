"""Endpoints for samples."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from apps.samples import models
from apps.samples.models import Sample
from apps.samples.tests.factories import SampleFactory, sample_json
from django.urls import reverse

from tests.assertions import assert_error

# >>> factory imports
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
    assert answer.json()["results"] == [as_user.get(detail(sample)).json()]


@pytest.mark.parametrize(
    "query",
    [
        # >>> matching queries
    ],
)
def test_a_query_finds_what_it_describes(
    as_user: "APIClient", query: dict[str, str]
) -> None:
    """Everything that is like that."""
    made = as_user.post(LIST, sample_json()).json()
    assert [row["id"] for row in as_user.get(LIST, query).json()["results"]] == [
        made["id"]
    ]


@pytest.mark.parametrize(
    "query",
    [
        # >>> other queries
    ],
)
def test_a_query_leaves_out_what_is_different(
    as_user: "APIClient", query: dict[str, str]
) -> None:
    """And only that."""
    as_user.post(LIST, sample_json())
    assert as_user.get(LIST, query).json()["results"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour__like", "red"),
        ("ordering", "owner__password"),
        ("created_at__gte", "yesterday"),
        ("updated_at__lte", ""),
        # >>> wrong queries
    ],
)
def test_a_query_that_nobody_reads_is_refused(
    as_user: "APIClient", name: str, value: str
) -> None:
    """The error names what is wrong: no filter is passed over in silence."""
    answer = as_user.get(LIST, {name: value})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert [error["attr"] for error in answer.json()["errors"]] == [name]


def test_the_list_is_ordered(as_user: "APIClient", user: "User") -> None:
    """The id settles what is equal, in the same direction."""
    ids = [sample.pk for sample in SampleFactory.create_batch(3, owner=user)]
    for ordering, expected in (("created_at", ids), ("-updated_at", ids[::-1])):
        rows = as_user.get(LIST, {"ordering": ordering}).json()["results"]
        assert [row["id"] for row in rows] == expected


@pytest.mark.parametrize("first", ["page=1", "cursor="])
def test_pages_follow_each_other(
    as_user: "APIClient", user: "User", first: str
) -> None:
    """Numbered, or each after the last row of the one before."""
    SampleFactory.create_batch(3, owner=user)
    seen, url = [], f"{LIST}?{first}&page_size=2"
    while url:
        page = as_user.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == Sample.objects.count()


@pytest.mark.parametrize("page", ["0", "2", "last", "x"])
def test_a_page_that_is_not_there_is_not_found(as_user: "APIClient", page: str) -> None:
    """As the document says."""
    answer = as_user.get(LIST, {"page": page, "page_size": "1"})
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMl0"])
def test_a_wrong_cursor_is_not_found(as_user: "APIClient", cursor: str) -> None:
    """It leads to no page."""
    answer = as_user.get(LIST, {"cursor": cursor})
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")


def test_it_is_created(as_user: "APIClient", user: "User") -> None:
    """For the account that asks, whatever it claims."""
    sent = sample_json()
    answer = as_user.post(LIST, {**sent, "owner": 0})
    assert answer.status_code == HTTPStatus.CREATED, answer.content
    assert answer.json() == {**answer.json(), **sent}
    assert Sample.objects.get(pk=answer.json()["id"]).owner == user


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        # >>> wrong values
    ],
)
def test_a_wrong_value_is_named(
    as_user: "APIClient", field: str, value: object, code: str
) -> None:
    """The error names its field."""
    answer = as_user.post(LIST, sample_json(**{field: value}))
    assert_error(answer, HTTPStatus.BAD_REQUEST, code, field)


# >>> view tests


def test_one_is_changed(as_user: "APIClient", user: "User") -> None:
    """Value by value: what is not sent stays."""
    sample = SampleFactory.create(owner=user)
    expected = as_user.get(detail(sample)).json()
    for name, value in sample_json().items():
        answer = as_user.patch(detail(sample), {name: value})
        assert answer.status_code == HTTPStatus.OK, answer.content
        expected |= {name: value, "updated_at": answer.json()["updated_at"]}
        assert answer.json() == as_user.get(detail(sample)).json() == expected


def test_one_is_deleted(as_user: "APIClient", user: "User") -> None:
    """And is gone."""
    sample = SampleFactory.create(owner=user)
    assert as_user.delete(detail(sample)).status_code == HTTPStatus.NO_CONTENT
    answer = as_user.get(detail(sample))
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_strangers_learn_nothing(as_staff: "APIClient", method: str) -> None:
    """What is somebody else's is answered as what does not exist, to staff as well."""
    sample = SampleFactory.create()
    there = getattr(as_staff, method)(detail(sample), sample_json())
    assert_error(there, HTTPStatus.NOT_FOUND, "not_found")
    sample.pk += 1
    gone = getattr(as_staff, method)(detail(sample), sample_json())
    assert gone.json() == there.json()


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
