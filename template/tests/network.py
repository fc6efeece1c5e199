"""Where tests may connect to."""

from urllib.parse import urlsplit

from django.conf import settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def allowed_hosts() -> tuple[str, ...]:
    """List the loopback addresses, and the Redis that the environment names.

    Returns:
        Host names; PostgreSQL is missing, its driver opens no Python socket.
    """
    caches = settings.CACHES.values()
    servers = {urlsplit(cache["LOCATION"]).hostname or "" for cache in caches}
    return (*LOOPBACK, *sorted(servers.difference(LOOPBACK)))
