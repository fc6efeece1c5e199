"""Throttles that count in Redis, in one round trip for all rates of a request.

Rates for endpoints that an attacker would call in a loop stand here and not in
``DEFAULT_THROTTLE_RATES``, which the baseline fixes.
"""

import logging
from typing import TYPE_CHECKING, Final, override

from django.core.cache import cache
from django_redis import get_redis_connection
from redis.exceptions import RedisError
from rest_framework.throttling import (
    AnonRateThrottle,
    BaseThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

# As DRF's own throttles do it: the times of a client's requests, oldest first, and a
# refused request is none of them. Here the list stays in Redis, whose clock counts too:
# two workers never overwrite each other's list, and no worker's clock matters.
# ARGV holds limit and seconds for each of KEYS; the answer is the time to wait in
# milliseconds for each, -1 where the request is welcome.
SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local waits = {}
for i, key in ipairs(KEYS) do
  local limit, span = tonumber(ARGV[2 * i - 1]), ARGV[2 * i] * 1000
  local oldest = tonumber(redis.call('LINDEX', key, 0))
  while oldest and (oldest <= now - span or oldest > now) do
    redis.call('LPOP', key)
    oldest = tonumber(redis.call('LINDEX', key, 0))
  end
  if redis.call('LLEN', key) < limit then
    redis.call('RPUSH', key, now)
    redis.call('PEXPIRE', key, span)
    waits[i] = -1
  else
    waits[i] = oldest and oldest + span - now or span
  end
end
return waits
"""


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
            Whether it is welcome; always so while Redis is away.
        """
        keys, limits = [], []
        for rate in (kind() for kind in self.rates):
            key = rate.get_cache_key(request, view)
            limit, seconds = rate.parse_rate(rate.rate)
            if key is not None and limit and seconds:
                keys.append(cache.make_key(f"{key}_times"))
                limits += [limit, seconds]
        if not keys:
            return True
        try:
            count = get_redis_connection("default").register_script(SCRIPT)
            longest = max(count(keys=keys, args=limits))
        except (RedisError, OSError) as error:
            # A dead Redis must not take the API with it.
            logger.warning("A request was not counted: %s", error)
            return True
        self._wait = longest / 1000
        return bool(longest < 0)

    @override
    def wait(self) -> float | None:
        """Tell how long the client should wait.

        Returns:
            Seconds.
        """
        return self._wait


class StandardThrottle(CombinedThrottle):
    """The baseline's rates, for accounts and for addresses without one."""

    rates = (AnonRateThrottle, UserRateThrottle)


class ClientRate(SimpleRateThrottle):
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


class LoginRate(ClientRate):
    """Password guesses, whether for a session or a token."""

    scope = "login"
    rate = "10/min"


class LoginThrottle(CombinedThrottle):
    """For views that check a password."""

    rates = (LoginRate,)


class RegisterRate(ClientRate):
    """New accounts."""

    scope = "register"
    rate = "20/hour"


class RegisterThrottle(CombinedThrottle):
    """For the view that creates accounts."""

    rates = (RegisterRate,)


class PasswordResetRate(ClientRate):
    """Requests for a reset mail, and attempts to use one."""

    scope = "password_reset"
    rate = "10/hour"


class PasswordResetThrottle(CombinedThrottle):
    """For views around reset links."""

    rates = (PasswordResetRate,)
