"""Who counts as one client."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from apps.core.throttling import LoginThrottle

if TYPE_CHECKING:
    from rest_framework.test import APIClient

URL = reverse("users:token")


@pytest.fixture(autouse=True)
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each client try once."""
    monkeypatch.setattr(LoginThrottle, "rate", "1/min")


def statuses(api: "APIClient", *forwarded: str) -> list[int]:
    """Send a request per value of X-Forwarded-For."""
    return [
        api.post(URL, {}, HTTP_X_FORWARDED_FOR=value).status_code for value in forwarded
    ]


FREE = HTTPStatus.BAD_REQUEST
REFUSED = HTTPStatus.TOO_MANY_REQUESTS


def test_forged_header_does_not_make_another_client(api: "APIClient") -> None:
    """Without a trusted proxy the header is not believed."""
    assert statuses(api, "192.0.2.1", "192.0.2.2") == [FREE, REFUSED]


@pytest.mark.usefixtures("behind_proxy")
def test_address_that_the_proxy_saw_counts(api: "APIClient") -> None:
    """Behind one proxy its own entry, the last, is believed."""
    assert statuses(api, "192.0.2.1", "192.0.2.2") == [FREE, FREE]


@pytest.mark.usefixtures("behind_proxy")
def test_entries_before_the_proxys_do_not_count(api: "APIClient") -> None:
    """What a client puts into the header itself changes nothing."""
    forged = ("198.51.100.1, 192.0.2.1", "198.51.100.2, 192.0.2.1")
    assert statuses(api, *forged) == [FREE, REFUSED]
