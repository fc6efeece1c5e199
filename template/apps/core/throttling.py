"""Throttles for endpoints that an attacker would call in a loop.

The rates stand here and not in ``DEFAULT_THROTTLE_RATES``, which the baseline fixes.
"""

from typing import TYPE_CHECKING, override

from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class ClientThrottle(SimpleRateThrottle):
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
        return self.cache_format % {
            "scope": self.scope,
            "ident": self.get_ident(request),
        }


class LoginThrottle(ClientThrottle):
    """Password guesses, whether for a session or a token."""

    scope = "login"
    rate = "10/min"


class RegisterThrottle(ClientThrottle):
    """New accounts."""

    scope = "register"
    rate = "20/hour"


class PasswordResetThrottle(ClientThrottle):
    """Requests for a reset mail, and attempts to use one."""

    scope = "password_reset"
    rate = "10/hour"
