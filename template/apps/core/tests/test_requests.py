"""Requests that no view can make sense of."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.urls import reverse

from tests.assertions import assert_error

if TYPE_CHECKING:
    from rest_framework.test import APIClient

JSON = "application/json"


@pytest.mark.parametrize(
    "body",
    ["{", "nonsense", '{"email": }', "\ufeff{}", "[" * 100_000, '{"email": NaN}'],
    ids=["cut", "word", "hole", "mark", "deep", "nan"],
)
def test_malformed_json_is_refused(api: "APIClient", body: str) -> None:
    """A body that is not JSON is the client's mistake."""
    answer = api.generic("POST", reverse("users:token"), body, content_type=JSON)
    assert_error(answer, HTTPStatus.BAD_REQUEST, "parse_error")


@pytest.mark.parametrize("body", ["[]", '"word"', "1", "null", "[1]"])
def test_json_that_is_no_object_is_refused(api: "APIClient", body: str) -> None:
    """JSON of another shape is a validation error."""
    answer = api.generic("POST", reverse("users:token"), body, content_type=JSON)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["type"] == "validation_error"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/xml", "<a/>"),
        ("text/plain", "a"),
        ("application/x-www-form-urlencoded", "email=a"),
    ],
)
def test_other_content_type_is_refused(
    api: "APIClient", content_type: str, body: str
) -> None:
    """The API reads JSON only: no form of a foreign page can be taken for a request."""
    url = reverse("users:token")
    answer = api.generic("POST", url, body, content_type=content_type)
    assert_error(answer, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")


def test_other_answer_format_is_refused(api: "APIClient") -> None:
    """The API writes JSON only."""
    answer = api.get(reverse("users:csrf"), HTTP_ACCEPT="application/xml")
    assert_error(answer, HTTPStatus.NOT_ACCEPTABLE, "not_acceptable")


def test_huge_body_is_refused(api: "APIClient") -> None:
    """A body beyond the limit is refused, not parsed."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert limit is not None
    answer = api.post(reverse("users:token"), {"email": "x" * limit})
    assert_error(answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request_too_large")
