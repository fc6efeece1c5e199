"""No header and no log line can be forged; every answer is protected."""

import asyncio
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn, cast

import pytest
from django.test import RequestFactory
from django.urls import reverse

from apps.core.middleware import (
    NO_REQUEST,
    current_request,
    request_id,
    request_id_middleware,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from django.http import HttpRequest
    from rest_framework.test import APIClient

    from tests.conftest import LogLines

MADE = re.compile(r"[0-9a-f]{32}")
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


@pytest.mark.parametrize("bad", BAD_IDS)
def test_malformed_id_is_replaced(bad: str, api: "APIClient") -> None:
    """An id that could forge headers or log lines is not taken over."""
    answer = api.get(reverse("health-live"), HTTP_X_REQUEST_ID=bad)
    assert MADE.fullmatch(answer["X-Request-ID"])


@pytest.mark.usefixtures("dead_database")
def test_failing_view_has_an_access_line(
    api: "APIClient", log_lines: "LogLines"
) -> None:
    """Requests that fail are counted too."""
    api.get(reverse("users:list"), HTTP_AUTHORIZATION="Token 0123456789")
    (line,) = log_lines("apps.core.middleware")
    assert line["status"] == HTTPStatus.SERVICE_UNAVAILABLE


def test_request_without_an_answer_is_forgotten() -> None:
    """Under WSGI and ASGI: a client that goes away leaves its id to nobody."""

    def broken(_: "HttpRequest") -> NoReturn:
        """End without an answer."""
        assert current_request.get()
        raise InterruptedError

    async def broken_async(request: "HttpRequest") -> NoReturn:
        """End without an answer."""
        broken(request)

    async def ask() -> None:
        """Ask, and look in the same context."""
        for handler in (broken, broken_async):
            middleware = request_id_middleware(handler)
            with pytest.raises(InterruptedError):
                await cast("Awaitable[object]", middleware(RequestFactory().get("/")))
            assert (current_request.get(), request_id.get()) == (None, NO_REQUEST)

    asyncio.run(ask())


@pytest.mark.parametrize(
    "value", ["id\r\nX-Evil: 1", "id\nSet-Cookie: a=b", "\x00" * 9]
)
def test_no_header_can_be_injected(api: "APIClient", value: str) -> None:
    """What goes back in a header is checked first."""
    answer = api.get(reverse("health-live"), HTTP_X_REQUEST_ID=value)
    assert "X-Evil" not in answer.headers
    assert not answer.cookies
    assert value not in answer.headers.values()


@pytest.mark.parametrize("odd", ["%0d%0aERROR%20forged", "%1b[2J", "%e2%80%a8", "%00"])
def test_no_line_can_be_forged(
    api: "APIClient", odd: str, log_lines: "LogLines"
) -> None:
    """Line breaks and escape codes of a path stay what they are: text."""
    api.get(f"/{odd}/", HTTP_USER_AGENT="a\r\nb", HTTP_REFERER="a\x1b[2J")
    for line in log_lines():
        assert str(line["message"]).isprintable()
        assert str(line.get("path", "")).isprintable()


def test_no_request_writes_long_lines(api: "APIClient", log_lines: "LogLines") -> None:
    """Else a few seconds of them would fill the files that are kept of the log."""
    api.get(f"/{'a' * 8000}/")
    api.get(reverse("users:csrf"), HTTP_HOST="a" * 8000)
    lines = [str(text) for line in log_lines() for text in line.values()]
    assert any("Not Found: /aaaa" in text for text in lines)
    assert any("DisallowedHost" in text for text in lines)
    assert max(len(part) for text in lines for part in text.splitlines()) < 510


@pytest.mark.parametrize(
    "url", [reverse("health-live"), "/unknown/", "/api/v1/users/me/"]
)
def test_security_headers_are_sent(url: str, api: "APIClient") -> None:
    """Errors are no less protected than answers."""
    answer = api.get(url)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert answer["X-Request-ID"]
