"""Requests that no view can make sense of."""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.urls import reverse

from tests.assertions import assert_error

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from apps.users.models import User

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


@pytest.mark.parametrize("text", ["\ud800", "a\x00b"], ids=["surrogate", "nul"])
def test_text_that_postgresql_cannot_store_is_refused(
    api: "APIClient", text: str
) -> None:
    """Characters without a place in the database are a validation error."""
    body = json.dumps({"full_name": text})
    answer = api.generic("POST", reverse("users:register"), body, content_type=JSON)
    errors = answer.json()["errors"]
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "full_name" in {error["attr"] for error in errors}


@pytest.mark.parametrize("content_type", ["application/xml", "text/plain"])
def test_other_content_type_is_refused(api: "APIClient", content_type: str) -> None:
    """The API reads JSON only."""
    url = reverse("users:token")
    answer = api.generic("POST", url, "<a/>", content_type=content_type)
    assert_error(answer, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")


def test_form_is_refused(api: "APIClient") -> None:
    """A form of a foreign page cannot be taken for an API request."""
    url = reverse("users:token")
    form = "application/x-www-form-urlencoded"
    answer = api.generic("POST", url, "email=a", content_type=form)
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


ENDPOINTS = {
    "users:register": {"POST"},
    "users:token": {"POST"},
    "users:token-revoke": {"POST"},
    "users:csrf": {"GET"},
    "users:login": {"POST"},
    "users:logout": {"POST"},
    "users:password-change": {"POST"},
    "users:password-reset": {"POST"},
    "users:password-reset-confirm": {"POST"},
    "users:me": {"GET", "PATCH", "DELETE"},
    "users:list": {"GET"},
    "health": {"GET"},
    "health-live": {"GET"},
    "schema": {"GET"},
    "docs": {"GET"},
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize(
    ("name", "method"),
    [
        (name, method)
        for name, allowed in ENDPOINTS.items()
        for method in METHODS
        if method not in allowed
    ],
)
def test_wrong_method_is_refused(
    api: "APIClient", staff: "User", name: str, method: str
) -> None:
    """Each endpoint names the methods it knows and refuses all others."""
    api.force_authenticate(staff)
    answer = api.generic(method, reverse(name), "{}", content_type=JSON)
    assert_error(answer, HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) >= ENDPOINTS[name]
    assert method not in answer["Allow"].split(", ")
