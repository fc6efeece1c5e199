"""What pages of other origins may ask and read."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

if TYPE_CHECKING:
    from pytest_django import Settings
    from rest_framework.test import APIClient

ORIGIN = "https://app.example.com"


@pytest.fixture
def listed_origin(settings: "Settings") -> None:
    """Name an origin in ``DJANGO_CORS_ORIGINS``."""
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    settings.MIDDLEWARE = [
        "corsheaders.middleware.CorsMiddleware",
        *settings.MIDDLEWARE,
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("listed_origin")
def test_preflight_needs_no_credentials_and_counts_for_no_throttle(
    api: "APIClient",
) -> None:
    """Browsers ask on their own, and more often than anybody may log in."""
    url = reverse("users:token")
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    for _ in range(20):
        answer = api.options(url, headers=asked)
        assert answer.status_code == HTTPStatus.OK
        assert answer["Access-Control-Allow-Origin"] == ORIGIN
        assert "authorization" in answer["Access-Control-Allow-Headers"]
    assert api.post(url, {}).status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.usefixtures("listed_origin")
@pytest.mark.parametrize("origin", [ORIGIN, "https://app.example.com.evil.example"])
def test_listed_origin_alone_reads_answers_and_never_with_cookies(
    api: "APIClient", origin: str
) -> None:
    """Errors too, with their id; no cache confuses what each origin got."""
    answer = api.get(reverse("users:me"), headers={"Origin": origin})
    allowed = {ORIGIN: ORIGIN}.get(origin)
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    exposed = answer.headers.get("Access-Control-Expose-Headers", "")
    assert ("X-Request-ID" in exposed) == (origin == ORIGIN)
    assert "origin" in answer["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer
