"""Django's dictionaries for PostgreSQL, Redis, SMTP and files, from the environment."""

from typing import TYPE_CHECKING, Any, Final

from django_strict_asgi.pooler import check_connection
from django_strict_asgi.storage import uploads
from psycopg.conninfo import conninfo_to_dict
from redis.backoff import NoBackoff
from redis.retry import Retry

if TYPE_CHECKING:
    from config.env import Env

# Seconds. Redis answers in microseconds; who waits longer waits for a dead server.
REDIS_TIMEOUT: Final = 0.3
REDIS_MAX_CONNECTIONS: Final = 20
# Seconds until a connection to a PostgreSQL that does not answer is given up.
CONNECT_TIMEOUT: Final = 3
# A PostgreSQL whose machine vanished is given up after this time. Milliseconds, then
# seconds, seconds and a number of probes.
DEAD_PEER: Final = {
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
SMTP_TIMEOUT: Final = 10  # seconds


def databases(env: "Env") -> dict[str, Any]:
    """Describe PostgreSQL to Django.

    Args:
        env: The environment.

    Returns:
        The ``DATABASES`` setting.
    """
    pooled = env.database_url.get_secret_value()
    direct = env.database_direct_url.get_secret_value()
    # As PostgreSQL's own clients read it: sockets and several hosts too.
    further = conninfo_to_dict((env.is_direct and direct) or pooled)
    milliseconds = round(env.database_statement_timeout * 1000)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password"}
    address = names | {"HOST": "host", "PORT": "port"}
    limit = f"-c statement_timeout={0 if env.is_direct else milliseconds}"
    # A pooler refuses options; the limit is where `manage.py migrate` puts it.
    is_pooled = env.database_pooler != "none" and not env.is_direct
    options = [] if is_pooled else [limit, str(further.pop("options", ""))]
    return {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            **{key: str(further.pop(name, "")) for key, name in address.items()},
            # Under ASGI a persistent connection would leak with every thread: the pool
            # below keeps connections, Django itself keeps none.
            "CONN_MAX_AGE": 0,
            # The pool tests a connection before it lends it: a restarted PostgreSQL
            # costs no request.
            "CONN_HEALTH_CHECKS": True,
            "DISABLE_SERVER_SIDE_CURSORS": is_pooled,
            "POOLER": {"url": pooled, "limit": milliseconds} if direct else None,
            "OPTIONS": {
                "connect_timeout": CONNECT_TIMEOUT,
                **DEAD_PEER,
                "pool": {
                    "check": check_connection,
                    "min_size": env.database_pool_min_size,
                    "max_size": env.pool_max_size,
                    "timeout": env.database_pool_timeout,
                    # Attempts to connect go on this long, further and further apart:
                    # with psycopg's five minutes they would come long after a
                    # PostgreSQL that is back. Then the next request is the next attempt.
                    "reconnect_timeout": env.database_pool_timeout / 2,
                },
                **further,
                # What the address asks for comes last and so decides.
                **({"options": " ".join(options).strip()} if options else {}),
            },
        }
    }


def caches(env: "Env") -> dict[str, Any]:
    """Describe the cache and the session store to Django.

    Args:
        env: The environment.

    Returns:
        The ``CACHES`` setting.
    """
    redis = {
        "BACKEND": "django_redis.cache.RedisCache",
        # Of the first one there may be pickles left, which nobody shall read.
        "VERSION": 2,
        "OPTIONS": {
            # Whoever can write there must not be able to run code here, as a pickle could.
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "SOCKET_TIMEOUT": REDIS_TIMEOUT,
            "SOCKET_CONNECT_TIMEOUT": REDIS_TIMEOUT,
            "CONNECTION_FACTORY": "django_strict_asgi.redis.ConnectionFactory",
            "CONNECTION_POOL_CLASS": "redis.connection.BlockingConnectionPool",
            "CONNECTION_POOL_KWARGS": {
                "max_connections": REDIS_MAX_CONNECTIONS,
                "timeout": REDIS_TIMEOUT,
                # One retry at once heals a connection that a restart cut; the client's
                # default would keep a request waiting for seconds.
                "retry": Retry(NoBackoff(), retries=1),
            },
        },
    }
    # At a comma django-redis would begin another server.
    return {
        name: {**redis, "LOCATION": url.get_secret_value().replace(",", "%2C")}
        for name, url in (("default", env.redis_url), ("sessions", env.session_url))
    }


def mailers(env: "Env") -> dict[str, Any]:
    """Describe the mail server to Django.

    Args:
        env: The environment.

    Returns:
        The ``MAILERS`` setting: SMTP, or the terminal where no server is named.
    """
    if not env.email_host:
        return {"default": {"BACKEND": "django_strict_asgi.mail.TerminalBackend"}}
    return {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": env.email_host,
                "port": env.email_port,
                "username": env.email_host_user,
                "password": env.email_host_password.get_secret_value(),
                "use_tls": env.email_use_tls,
                "timeout": SMTP_TIMEOUT,
            },
        }
    }


def storages(env: "Env") -> dict[str, Any]:
    """Describe to Django where uploads and static files lie.

    Args:
        env: The environment.

    Returns:
        The ``STORAGES`` setting.
    """
    # Hashed names outside local, so that nginx may let browsers keep them for a year.
    static = "StaticFilesStorage" if env.is_local else "ManifestStaticFilesStorage"
    return {
        "default": uploads(env.media_storage_url.get_secret_value()),
        "staticfiles": {"BACKEND": f"django.contrib.staticfiles.storage.{static}"},
    }
