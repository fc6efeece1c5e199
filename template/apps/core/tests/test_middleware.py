"""The id of a request: taken over or made, returned, and in every log line."""

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncClient
from django.urls import path, reverse

from apps.core.middleware import NO_REQUEST, request_id

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.test import Client
    from rest_framework.test import APIClient

    from apps.users.models import User
    from tests.conftest import LogLines

MADE = re.compile(r"[0-9a-f]{32}")
ACCESS = "apps.core.middleware"


def test_well_formed_id_travels_through(api: "APIClient") -> None:
    """It is returned, and does not outlive its request."""
    answer = api.get(reverse("health-live"), HTTP_X_REQUEST_ID="trace-0123.45_6")
    assert answer["X-Request-ID"] == "trace-0123.45_6"
    assert request_id.get() == NO_REQUEST


@pytest.mark.parametrize("bad", ["", "short", "x" * 65, "line\r\nbreak-12345"])
def test_malformed_id_is_replaced(bad: str, api: "APIClient") -> None:
    """An id that could forge headers or log lines is not taken over."""
    first, second = (
        api.get(reverse("health-live"), HTTP_X_REQUEST_ID=bad)["X-Request-ID"]
        for _ in range(2)
    )
    assert MADE.fullmatch(first)
    assert first != second


@pytest.mark.parametrize("url", ["/unknown/", reverse("users:me")])
def test_every_line_of_a_request_carries_its_id(
    url: str, api: "APIClient", log_lines: "LogLines"
) -> None:
    """Under WSGI and ASGI, lines of Django and of the project can be put together."""
    api.get(url, HTTP_X_REQUEST_ID="same-request")
    headers = {"X-Request-ID": "same-request"}
    async_to_sync(AsyncClient(raise_request_exception=False).get)(url, headers=headers)
    lines = [*log_lines("apps"), *log_lines("django")]
    assert {line["request_id"] for line in lines} == {"same-request"}


def test_access_line_tells_method_path_status_and_time(
    api: "APIClient", log_lines: "LogLines"
) -> None:
    """One line sums up each request, without the query: it may hold a secret."""
    api.post("/unknown/?secret=in-the-query")
    (line,) = log_lines(ACCESS)
    assert line["level"] == "INFO"
    assert (line["method"], line["path"]) == ("POST", "/unknown/")
    assert line["status"] == HTTPStatus.NOT_FOUND
    assert line["duration_ms"] >= 0
    assert line["message"] == "POST /unknown/ 404"
    assert "in-the-query" not in str(log_lines())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        reverse("users:me"),
        reverse("users:csrf"),
        reverse("admin:login"),
        reverse("admin:index"),
        reverse("docs"),
        reverse("schema"),
        reverse("health"),
        "/unknown/",
    ],
)
def test_no_answer_may_be_stored(
    url: str, as_user: "APIClient", client: "Client", staff: "User"
) -> None:
    """Neither by a browser nor by a proxy, with credentials and without."""
    client.force_login(staff)
    for asker in (as_user, client):
        assert "no-store" in asker.get(url)["Cache-Control"]


def cached(_request: "HttpRequest") -> HttpResponse:
    """Answer with something that may be kept."""
    return HttpResponse(headers={"Cache-Control": "public, max-age=60"})


urlpatterns = [path("cached/", cached)]


@pytest.mark.urls(__name__)
def test_view_may_say_something_else(api: "APIClient") -> None:
    """What is public and costly need not be made again for everybody."""
    assert api.get("/cached/")["Cache-Control"] == "public, max-age=60"
