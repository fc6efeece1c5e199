"""Redis behind one address: of a server, or of the sentinels that know it."""

import re
from typing import Any, Final, cast, override
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from django_redis import pool
from redis.connection import ConnectionPool, parse_url
from redis.sentinel import Sentinel, SentinelConnectionPool

SENTINEL_PORT: Final = 26379
SENTINEL_PASSWORD: Final = "sentinel_password"  # noqa: S105 - the name of an option
# TLS that asks nobody who he is protects from nothing.
UNCHECKED: Final = frozenset({"ssl_cert_reqs", "ssl_check_hostname"})
# Options of a connection that sentinels and the server have in common.
OF_ANY: Final = re.compile("retry$|socket_|ssl")
PLAIN: Final = re.compile(r"rediss?://[^/?#,]+(/\d*/?)?(\?.*)?", re.IGNORECASE)
SENTINELS: Final = re.compile(
    r"(?P<scheme>rediss?)\+sentinel://(?P<login>[^/?#]*@)?(?P<nodes>[^/?#@]+)"
    r"/(?P<service>[^/?#]+)(?P<number>/\d+)?(\?(?P<query>.*))?",
    re.IGNORECASE,
)


def check(url: str) -> None:
    """Let redis-py itself judge the options of an address.

    Args:
        url: ``redis://`` or ``rediss://``, or with ``+sentinel`` the sentinels, with commas,
            and the name of the service before the number of the database; may be empty.

    Raises:
        ValueError: If redis-py does not know one, or it trusts any certificate.
    """
    if not url:
        return
    query = dict(parse_qsl(urlsplit(url).query))
    if match := SENTINELS.fullmatch(url):
        query.pop(SENTINEL_PASSWORD, None)
        url = f"{match['scheme']}://host"
    elif not PLAIN.fullmatch(url):
        raise ValueError(PLAIN.pattern)
    if wrong := query.keys() & UNCHECKED:
        raise ValueError(*wrong)
    plain = urlsplit(url)._replace(query=urlencode(query)).geturl()
    try:
        ConnectionPool.from_url(plain).make_connection()
    except (TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error


class ConnectionFactory(pool.ConnectionFactory):  # type: ignore[misc]
    """django-redis' own, which also asks sentinels where the server is."""

    @override
    def get_connection_pool(self, params: dict[str, Any]) -> ConnectionPool:
        """Make the pool of an address.

        Args:
            params: The address, as ``url``, and options of all connections.

        Returns:
            The pool; of sentinels one whose connections go to the server that they name.
        """
        match = SENTINELS.fullmatch(params["url"])
        if not match:
            return cast("ConnectionPool", super().get_connection_pool(params))
        query = dict(parse_qsl(match["query"] or ""))
        password = query.pop(SENTINEL_PASSWORD, None)
        login, number = match["login"] or "", match["number"] or ""
        plain = f"{match['scheme']}://{login}host{number}?{urlencode(query)}"
        own: dict[str, Any] = {**parse_url(plain)}  # type: ignore[no-untyped-call]
        common = {**params, **self.pool_cls_kwargs}
        # An option of the other pool, which waits for a free connection. Here there is
        # one for each thread, since there are fewer threads than connections.
        for name in ("url", "timeout"):
            common.pop(name, None)
        if own.pop("connection_class", None):
            own["ssl"] = True
        own.pop("host")
        shared = {**common, **own}
        nodes = [urlsplit(f"//{node}") for node in unquote(match["nodes"]).split(",")]
        sentinels = Sentinel(  # type: ignore[no-untyped-call]
            [(node.hostname, node.port or SENTINEL_PORT) for node in nodes],
            sentinel_kwargs={
                "password": password,
                **{name: shared[name] for name in shared if OF_ANY.match(name)},
            },
        )
        service = unquote(match["service"])
        return SentinelConnectionPool(service, sentinels, **shared)  # type: ignore[no-untyped-call]
