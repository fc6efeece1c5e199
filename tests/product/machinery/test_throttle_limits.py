"""Who counts as one client, and how requests are counted."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle
from rest_framework.views import APIView

from apps.core.throttling import (
    LoginRate,
    LoginThrottle,
    PasswordResetRate,
    PasswordResetThrottle,
    RegisterRate,
    RegisterThrottle,
    StandardThrottle,
)
from django_strict_asgi.throttling import client_address

if TYPE_CHECKING:
    from pytest_django import Settings
    from rest_framework.test import APIClient

    from django_strict_asgi.throttling import CombinedThrottle
    from tests.conftest import LogLines

FREE = HTTPStatus.BAD_REQUEST
REFUSED = HTTPStatus.TOO_MANY_REQUESTS
MINUTE = 60


@pytest.fixture
def one_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each client try once."""
    monkeypatch.setattr(LoginRate, "rate", "1/min")


def anonymous(address: str = "127.0.0.1") -> Request:
    """Make a request without credentials."""
    return Request(APIRequestFactory().get("/", REMOTE_ADDR=address))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "second"),
    [
        (0, "192.0.2.{}", REFUSED),
        (1, "192.0.2.{}", FREE),
        (1, "198.51.100.{}, 192.0.2.1", REFUSED),
    ],
    ids=["no proxy", "the proxy's entry", "a forged entry"],
)
@pytest.mark.usefixtures("one_login")
def test_client_is_the_address_that_a_trusted_proxy_saw(
    proxies: int, forwarded: str, second: int, api: "APIClient", settings: "Settings"
) -> None:
    """What a client puts into the header itself does not make another client."""
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    url = reverse("users:token")
    for number, expected in enumerate([FREE, second]):
        answer = api.post(url, {}, HTTP_X_FORWARDED_FOR=forwarded.format(number))
        assert answer.status_code == expected


def test_limit_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as allowed pass, and the next one learns how long to wait."""
    monkeypatch.setattr(AnonRateThrottle, "rate", "3/min", raising=False)
    for _ in range(3):
        assert StandardThrottle().allow_request(anonymous(), APIView())
    refused = StandardThrottle()
    assert not refused.allow_request(anonymous(), APIView())
    assert 0 < (refused.wait() or 0) <= MINUTE


@pytest.mark.django_db
def test_account_is_counted_wherever_it_comes_from(
    as_user: "APIClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """With credentials the account counts, not the address."""
    monkeypatch.setattr(UserRateThrottle, "rate", "1/min", raising=False)
    assert as_user.get(reverse("users:me")).status_code == HTTPStatus.OK
    answer = as_user.get(reverse("users:me"), REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == REFUSED


@pytest.mark.parametrize("redis", ["dead_redis", "clean_caches"])
def test_limit_holds_whether_redis_lives_or_not(
    redis: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """A worker counts by itself meanwhile, for each client on its own."""
    request.getfixturevalue(redis)
    monkeypatch.setattr(AnonRateThrottle, "rate", "2/min", raising=False)
    ask = [StandardThrottle().allow_request(anonymous(), APIView()) for _ in range(3)]
    assert ask == [True, True, False]
    assert StandardThrottle().allow_request(anonymous("192.0.2.7"), APIView())


@pytest.mark.usefixtures("dead_redis")
def test_log_says_that_a_worker_counts_alone(log_lines: "LogLines") -> None:
    """The limit holds for each worker then, not for all of them together."""
    assert StandardThrottle().allow_request(anonymous(), APIView())
    assert "in this process alone" in str(log_lines("django_strict_asgi.throttling"))


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:a:b:c:d", "2001:db8:1:2::/64"),
        ("2001:0db8:0001:0002::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("x" * 5000, "x" * 64),
    ],
)
def test_ipv6_network_is_one_client(address: str, client: str) -> None:
    """Who has one address of it has all, and what is no address stays short."""
    assert client_address(anonymous(address)) == client


@pytest.mark.parametrize(
    ("rate", "throttle"),
    [
        (AnonRateThrottle, StandardThrottle),
        (UserRateThrottle, StandardThrottle),
        (LoginRate, LoginThrottle),
        (RegisterRate, RegisterThrottle),
        (PasswordResetRate, PasswordResetThrottle),
    ],
)
def test_every_rate_knows_networks(
    rate: type, throttle: "type[CombinedThrottle]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another address of the same network finds the limit used up."""
    monkeypatch.setattr(rate, "rate", "1/min", raising=False)
    first, second = anonymous("2001:db8::1"), anonymous("2001:db8::2")
    assert throttle().allow_request(first, APIView())
    assert not throttle().allow_request(second, APIView())
