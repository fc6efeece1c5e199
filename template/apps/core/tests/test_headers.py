"""Headers that every answer carries."""

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

if TYPE_CHECKING:
    from rest_framework.test import APIClient


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
