"""Sessions in PostgreSQL, read from a copy in Redis; none goes on after its end."""

from typing import override

from django_strict_asgi.sessions import CertainStore

from apps.users.models import Session, User


class SessionStore(CertainStore):
    """Sessions that go with their account."""

    cache_key_prefix = "apps.users.sessions."
    end_all = staticmethod(User.end_sessions)

    @classmethod
    @override
    def get_model_class(cls) -> type[Session]:
        """Name the table.

        Returns:
            The model.
        """
        return Session
