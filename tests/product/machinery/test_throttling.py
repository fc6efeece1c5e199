"""How requests are counted in Redis."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django_redis import get_redis_connection
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from apps.core.throttling import LoginRate, LoginThrottle, StandardThrottle
from django_strict_asgi import throttling
from django_strict_asgi.throttling import LOCAL_KEYS, LocalCounters, count

if TYPE_CHECKING:
    from redis import Redis
    from rest_framework.test import APIClient


def anonymous() -> Request:
    """Make a request without credentials."""
    return Request(APIRequestFactory().get("/"))


def counters() -> "tuple[Redis, list[bytes]]":
    """Return a client and the keys under which requests are counted."""
    client: Redis = get_redis_connection("default")
    keys: list[bytes] = [*client.scan_iter("*throttle_*_times")]
    return client, keys


def commands() -> int:
    """Count the commands that Redis was sent so far, those inside scripts left out."""
    statistics = get_redis_connection("default").info("commandstats")
    names = ("cmdstat_evalsha", "cmdstat_eval", "cmdstat_get", "cmdstat_set")
    return sum(statistics.get(name, {}).get("calls", 0) for name in names)


def test_all_scopes_cost_one_round_trip() -> None:
    """An anonymous request counts for two rates at once."""
    assert StandardThrottle().allow_request(anonymous(), APIView())
    before = commands()
    assert StandardThrottle().allow_request(anonymous(), APIView())
    assert commands() - before == 1
    assert len(counters()[1]) == len(StandardThrottle.rates)


@pytest.mark.django_db
def test_token_request_asks_redis_once(as_user: "APIClient") -> None:
    """Nothing but the throttle needs Redis when no session is there."""
    as_user.get(reverse("users:me"))
    before = commands()
    as_user.get(reverse("users:me"))
    assert commands() - before == 1


def test_refused_request_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who keeps asking does not lengthen the wait, as with DRF's own throttles."""
    monkeypatch.setattr(LoginRate, "rate", "1/min")
    assert LoginThrottle().allow_request(anonymous(), APIView())
    for _ in range(5):
        assert not LoginThrottle().allow_request(anonymous(), APIView())
    client, (key,) = counters()
    assert client.llen(key) == 1


def test_window_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request counts for its time and no longer; the list empties by itself."""
    monkeypatch.setattr(LoginRate, "rate", "1/min")
    assert LoginThrottle().allow_request(anonymous(), APIView())
    client, (key,) = counters()
    assert 0 < client.pttl(key) <= 60_000
    (counted,) = client.lrange(key, 0, -1)
    client.lset(key, 0, str(int(counted) - 60_001))
    assert LoginThrottle().allow_request(anonymous(), APIView())


def test_time_from_the_future_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that was set back locks nobody out."""
    monkeypatch.setattr(LoginRate, "rate", "1/min")
    assert LoginThrottle().allow_request(anonymous(), APIView())
    client, (key,) = counters()
    (counted,) = client.lrange(key, 0, -1)
    client.lset(key, 0, str(int(counted) + 3_600_000))
    assert LoginThrottle().allow_request(anonymous(), APIView())


def test_requests_at_the_same_moment_are_all_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counting in the process would lose some of them."""
    monkeypatch.setattr(AnonRateThrottle, "rate", "7/min", raising=False)

    def allowed(_: int) -> bool:
        """Ask once."""
        return StandardThrottle().allow_request(anonymous(), APIView())

    with ThreadPoolExecutor(8) as executor:
        assert sum(executor.map(allowed, range(40))) == 7


def test_what_one_limit_refuses_no_other_counts() -> None:
    """One address cannot use an account's guesses up while it is itself refused."""
    both = {"throttle_address": (1, 60), "throttle_account": (2, 60)}
    assert count(both) < 0 < count(both)
    assert count({"throttle_account": (2, 60)}) < 0


def test_local_window_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that counts by itself forgets as Redis does."""
    counters, limits = LocalCounters(), {"one": (2, 60)}
    clock = iter([0.0, 50.0, 50.0, 60.0, 60.0])
    times = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr(throttling, "time", times)
    assert [counters.count(limits) for _ in range(5)] == [-1, -1, 10, -1, 50]


def test_local_counters_stay_few() -> None:
    """Who has not come for longest is forgotten first."""
    counters = LocalCounters()
    for number in range(LOCAL_KEYS):
        counters.count({str(number): (1, 60)})
    assert counters.count({"0": (1, 60)}) > 0
    counters.count({"new": (1, 60)})
    assert counters.count({"0": (1, 60)}) > 0
    assert counters.count({"1": (1, 60)}) < 0


def test_local_counters_count_all_that_come_at_once() -> None:
    """Threads share them."""
    counters = LocalCounters()
    with ThreadPoolExecutor(8) as executor:
        waits = executor.map(lambda _: counters.count({"one": (7, 60)}), range(400))
        assert sum(wait < 0 for wait in waits) == 7
