"""Endpoints for samples."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from apps.samples import models
from apps.samples.models import Sample
from apps.samples.tests.factories import SampleFactory
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.assertions import assert_error

# >>> factory imports
if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings
    from rest_framework.test import APIClient

    from apps.users.models import User

pytestmark = pytest.mark.django_db
LIST = reverse("samples:list")
PAGE = b"<script>alert(document.domain)</script>"


def detail(sample: Sample) -> str:
    """Return the URL of one."""
    return reverse("samples:detail", args=[sample.pk])


def upload(name: str, content: bytes = PAGE) -> dict[str, Any]:
    """Make the body of an upload."""
    return {
        "file": SimpleUploadedFile(name, content),
        # >>> json values
    }


def test_a_file_is_stored(as_user: "APIClient", user: "User") -> None:
    """Its name is kept, and nothing of a path that a client put before it."""
    answer = as_user.post(LIST, upload("../../etc/page.html"), format="multipart")
    assert answer.status_code == HTTPStatus.CREATED
    sample = Sample.objects.get(pk=answer.json()["id"])
    assert (sample.owner, sample.name, sample.size) == (user, "page.html", len(PAGE))


def test_a_link_opens_the_file_for_whoever_has_it(
    as_user: "APIClient", api: "APIClient"
) -> None:
    """To be stored: a browser takes it for no page of this site."""
    url = as_user.post(LIST, upload("page.html"), format="multipart").json()["url"]
    for wish in ("*/*", "text/html", "application/octet-stream"):
        answer = api.get(url, HTTP_ACCEPT=wish)
        assert answer.status_code == HTTPStatus.OK
        assert answer.content == PAGE
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_made_up_link_opens_nothing(api: "APIClient") -> None:
    """The answer says where to get a new one."""
    url = reverse("samples:file", args=["1:2:3"])
    assert_error(api.get(url), HTTPStatus.NOT_FOUND, "link_ended")


@pytest.mark.parametrize("file", [{}, {"file": "text"}])
def test_a_body_without_a_file_is_named(
    as_user: "APIClient", file: dict[str, str]
) -> None:
    """The error names the field."""
    sent = upload("page.html")
    del sent["file"]
    answer = as_user.post(LIST, {**sent, **file}, format="multipart")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert [error["attr"] for error in answer.json()["errors"]] == ["file"]


def test_json_is_refused(as_user: "APIClient") -> None:
    """A file is no JSON."""
    answer = as_user.post(LIST, {"file": "text"}, format="json")
    assert_error(answer, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")


def test_a_file_that_is_too_large_is_refused(
    as_user: "APIClient", settings: "Settings"
) -> None:
    """Unread, and nothing is stored."""
    body = upload("page.html", b"x" * settings.MAX_BODY_SIZE)
    answer = as_user.post(LIST, body, format="multipart")
    assert_error(answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request_too_large")
    assert not Sample.objects.exists()


def test_the_account_sees_its_own(as_user: "APIClient", user: "User") -> None:
    """And nobody else's."""
    sample = SampleFactory.create(owner=user)
    SampleFactory.create()
    answer = as_user.get(LIST)
    assert answer.json()["count"] == 1
    (row,) = answer.json()["results"]
    assert (row["id"], row["name"], row["size"]) == (sample.pk, sample.name, 9)


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
    made = as_user.post(LIST, upload("books.txt"), format="multipart").json()
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
    as_user.post(LIST, upload("books.txt"), format="multipart")
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


# >>> wrong test


# >>> view tests


def test_one_is_shown_with_a_link(as_user: "APIClient", user: "User") -> None:
    """Which is a whole address."""
    sample = SampleFactory.create(owner=user)
    answer = as_user.get(detail(sample))
    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["url"].startswith("http://testserver/api/v1/")


def test_one_is_deleted(as_user: "APIClient", user: "User") -> None:
    """And is gone."""
    sample = SampleFactory.create(owner=user)
    assert as_user.delete(detail(sample)).status_code == HTTPStatus.NO_CONTENT
    answer = as_user.get(detail(sample))
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")


@pytest.mark.parametrize("method", ["get", "delete"])
def test_for_strangers_it_is_not_there(as_user: "APIClient", method: str) -> None:
    """Whatever they try."""
    sample = SampleFactory.create()
    answer = getattr(as_user, method)(detail(sample))
    assert_error(answer, HTTPStatus.NOT_FOUND, "not_found")


@pytest.mark.parametrize("method", ["get", "post"])
def test_credentials_are_needed(api: "APIClient", method: str) -> None:
    """Without them the answer says how to bring some."""
    answer = getattr(api, method)(LIST)
    assert_error(answer, HTTPStatus.UNAUTHORIZED, "not_authenticated")


def test_number_of_queries(
    as_user: "APIClient",
    user: "User",
    django_assert_num_queries: "DjangoAssertNumQueries",
) -> None:
    """The token, the count and the page: links cost none."""
    SampleFactory.create_batch(5, owner=user)
    with django_assert_num_queries(3):
        as_user.get(LIST)
