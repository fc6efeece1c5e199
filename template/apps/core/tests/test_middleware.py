"""The id of a request: taken over or made, returned, and in every log line."""

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.urls import reverse

from apps.core import request_id

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from tests.conftest import LogLines

MADE = re.compile(r"[0-9a-f]{32}")
ACCESS = "apps.core.middleware"
BAD_IDS = [
    "",
    "short",
    "x" * 65,
    "with space in it",
    "line\r\nbreak-12345",
    'quote"12345678',
    "../../../etc/passwd",
    "ключ-который-не-годится",
]


@pytest.fixture
def async_api() -> AsyncClient:
    """Return a client that goes through the async handler chain."""
    return AsyncClient(raise_request_exception=False)


def test_id_of_the_client_is_returned(api: "APIClient") -> None:
    """A well-formed id travels through."""
    answer = api.get(reverse("health-live"), HTTP_X_REQUEST_ID="trace-0123.45_6")
    assert answer["X-Request-ID"] == "trace-0123.45_6"


def test_id_is_made_when_there_is_none(api: "APIClient") -> None:
    """Two requests without an id get two different ones."""
    first, second = (api.get(reverse("health-live"))["X-Request-ID"] for _ in "12")
    assert first != second
    assert MADE.fullmatch(first)
    assert MADE.fullmatch(second)


@pytest.mark.parametrize("bad", BAD_IDS)
def test_malformed_id_is_replaced(bad: str, api: "APIClient") -> None:
    """An id that could forge headers or log lines is not taken over."""
    answer = api.get(reverse("health-live"), HTTP_X_REQUEST_ID=bad)
    assert MADE.fullmatch(answer["X-Request-ID"])


@pytest.mark.parametrize("url", ["/unknown/", "/api/v1/users/me/", "/admin/"])
def test_every_line_of_a_request_carries_its_id(
    url: str, api: "APIClient", log_lines: "LogLines"
) -> None:
    """Lines of Django and of the project itself can be put together."""
    api.get(url, HTTP_X_REQUEST_ID="sync-request")
    lines = [*log_lines("apps"), *log_lines("django")]
    assert lines
    assert {line["request_id"] for line in lines} == {"sync-request"}


@pytest.mark.parametrize("url", ["/unknown/", "/api/v1/users/me/", "/admin/"])
def test_every_line_of_an_async_request_carries_its_id(
    url: str, async_api: AsyncClient, log_lines: "LogLines"
) -> None:
    """Thread hops of the async handler chain do not lose the id."""
    answer = async_to_sync(async_api.get)(
        url, headers={"X-Request-ID": "async-request"}
    )
    assert answer["X-Request-ID"] == "async-request"
    lines = [*log_lines("apps"), *log_lines("django")]
    assert lines
    assert {line["request_id"] for line in lines} == {"async-request"}


def test_line_outside_a_request_has_no_id(api: "APIClient") -> None:
    """The id does not outlive its request."""
    api.get(reverse("health-live"), HTTP_X_REQUEST_ID="gone-with-it")
    assert request_id.current.get() == request_id.NO_REQUEST


def test_access_line_tells_method_path_status_and_time(
    api: "APIClient", log_lines: "LogLines"
) -> None:
    """One line sums up each request."""
    api.post("/unknown/?secret=in-the-query")
    (line,) = log_lines(ACCESS)
    assert line["level"] == "INFO"
    assert line["method"] == "POST"
    assert line["path"] == "/unknown/"
    assert line["status"] == HTTPStatus.NOT_FOUND
    assert line["duration_ms"] >= 0
    assert line["message"] == "POST /unknown/ 404"


def test_query_string_stays_out_of_the_log(
    api: "APIClient", log_lines: "LogLines"
) -> None:
    """What a client puts into the query may be a secret."""
    api.get("/unknown/?token=in-the-query")
    assert "in-the-query" not in str(log_lines())


def test_path_cannot_forge_a_line(api: "APIClient", log_lines: "LogLines") -> None:
    """A line break in the path stays one line, even in a format that is not JSON."""
    api.get("/unknown/%0aERROR%0d%1b[31mforged/")
    (line,) = log_lines(ACCESS)
    assert "\n" not in line["message"]
    assert line["message"].isprintable()
    assert line["path"].isprintable()


@pytest.mark.usefixtures("dead_database")
def test_failing_view_has_an_access_line(
    api: "APIClient", log_lines: "LogLines"
) -> None:
    """Requests that fail are counted too."""
    api.get(reverse("users:list"), HTTP_AUTHORIZATION="Token 0123456789")
    (line,) = log_lines(ACCESS)
    assert line["status"] == HTTPStatus.SERVICE_UNAVAILABLE
