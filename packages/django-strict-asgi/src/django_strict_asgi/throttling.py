"""Throttles of DRF that count in Redis, in one round trip for all rates of a request."""

import logging
import time
from array import array
from bisect import bisect
from collections import OrderedDict
from ipaddress import IPv4Address, IPv6Network, ip_address
from threading import Lock
from typing import TYPE_CHECKING, Final, cast, override

from django.core.cache import cache
from django_redis import get_redis_connection
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

# As DRF's own throttles do it: the times of a client's requests, oldest first, and a
# refused request is none of them. Here the list stays in Redis, whose clock counts too:
# two workers never overwrite each other's list, and no worker's clock matters.
# ARGV holds limit and seconds for each of KEYS; the answer is the longest time to wait in
# milliseconds, -1 where the request is welcome. What one rate refuses, none counts.
SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = -1
for i, key in ipairs(KEYS) do
  local limit, span = tonumber(ARGV[2 * i - 1]), ARGV[2 * i] * 1000
  local oldest = tonumber(redis.call('LINDEX', key, 0))
  while oldest and (oldest <= now - span or oldest > now) do
    redis.call('LPOP', key)
    oldest = tonumber(redis.call('LINDEX', key, 0))
  end
  if redis.call('LLEN', key) >= limit then
    wait = math.max(wait, oldest and oldest + span - now or span)
  end
end
for i, key in ipairs(KEYS) do
  if wait < 0 then
    redis.call('RPUSH', key, now)
    redis.call('PEXPIRE', key, ARGV[2 * i] * 1000)
  end
end
return wait
"""
# A cluster keeps all with one {tag} on one node, where a script must find them.
TAG: Final = "{throttles}"
# An account behind IPv6 owns at least so much of an address, and the rest at will.
IPV6_NETWORK: Final = 64
LOCAL_KEYS: Final = 10_000


class LocalCounters:
    """The same lists in this process, which count while Redis is away.

    Each worker counts for itself, and who has not been seen for longest is forgotten.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._times: OrderedDict[str, array[float]] = OrderedDict()
        self._lock = Lock()

    def count(self, limits: dict[str, tuple[int, int]]) -> float:
        """Count a request, unless it is one too many.

        Args:
            limits: How many requests in how many seconds, by key.

        Returns:
            Seconds to wait, less than none where the request is welcome.
        """
        now, wait = time.monotonic(), -1.0
        with self._lock:
            for key, (limit, span) in limits.items():
                times = self._times.setdefault(key, array("d"))
                self._times.move_to_end(key)
                del times[: bisect(times, now - span)]
                if len(times) >= limit:
                    wait = max(wait, times[0] + span - now)
            for key in limits if wait < 0 else ():
                self._times[key].append(now)
            while len(self._times) > LOCAL_KEYS:
                self._times.popitem(last=False)
        return wait

    def take_back(self, key: str) -> None:
        """Forget the latest request.

        Args:
            key: Whose.
        """
        with self._lock:
            if self._times.get(key):
                self._times[key].pop()


local_counters: Final = LocalCounters()


def count(limits: dict[str, tuple[int, int]]) -> float:
    """Count a request, unless it is one too many for any of its limits.

    Args:
        limits: How many requests in how many seconds, by name of the counter.

    Returns:
        Seconds to wait, less than none where the request is welcome.
    """
    keyed = {
        cache.make_key(f"{TAG}{name}_times"): limit for name, limit in limits.items()
    }
    numbers = [number for limit in keyed.values() for number in limit]
    try:
        script = get_redis_connection("default").register_script(SCRIPT)
        return float(script(keys=[*keyed], args=numbers)) / 1000
    except (RedisError, OSError) as error:
        # A dead Redis must not take the API with it, and frees nobody.
        logger.warning("A request was counted in this process alone: %s", error)
        return local_counters.count(keyed)


def take_back(name: str) -> None:
    """Let the latest request of a counter count no more.

    Args:
        name: The counter, as ``count`` was told.
    """
    key = cache.make_key(f"{TAG}{name}_times")
    try:
        get_redis_connection("default").rpop(key)
    except (RedisError, OSError):
        local_counters.take_back(key)


def client_address(request: "HttpRequest | Request") -> str:
    """Tell who counts as one client.

    Args:
        request: The request.

    Returns:
        The address that the last trusted proxy saw; of IPv6, the network.
    """
    ident = BaseThrottle().get_ident(cast("Request", request)) or ""
    try:
        address = ip_address(ident)
    except ValueError:
        return ident[:64]
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    network = IPv6Network((int(address), IPV6_NETWORK), strict=False)
    return str(network)


class CombinedThrottle(BaseThrottle):
    """Asks Redis about several of DRF's throttles at once.

    Attributes:
        rates: The throttles; each says whom it counts and how many it allows.
    """

    rates: tuple[type[SimpleRateThrottle], ...] = ()
    _wait: float | None = None

    @override
    def allow_request(self, request: "Request", view: "APIView") -> bool:
        """Count a request, unless it is one too many.

        Args:
            request: The request.
            view: The view it is meant for.

        Returns:
            Whether it is welcome.
        """
        limits = {}
        for rate in (kind() for kind in self.rates):
            key = rate.get_cache_key(request, view)
            limit, seconds = rate.parse_rate(rate.rate)
            if key is not None and limit and seconds:
                limits[key] = (limit, seconds)
        if not limits:
            return True
        self._wait = count(limits)
        return self._wait < 0

    @override
    def wait(self) -> float | None:
        """Tell how long the client should wait.

        Returns:
            Seconds.
        """
        return self._wait


class AddressRate(SimpleRateThrottle):
    """A rate for which an IPv6 network is one client."""

    @override
    def get_ident(self, request: "Request") -> str:
        """Name the client.

        Args:
            request: The request.

        Returns:
            Its address.
        """
        return client_address(request)


class ClientRate(AddressRate):
    """Counts requests by client address, logged in or not."""

    @override
    def get_cache_key(self, request: "Request", view: "APIView") -> str:
        """Name the counter of this client.

        Args:
            request: The request.
            view: The view it is meant for.

        Returns:
            The cache key.
        """
        ident = self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
