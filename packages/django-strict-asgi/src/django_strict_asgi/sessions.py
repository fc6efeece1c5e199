"""Sessions in PostgreSQL, read from a copy in Redis; none goes on after its end."""

import logging
from typing import TYPE_CHECKING, Any, override

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore as CachedStore
from django.core.cache import caches

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = logging.getLogger(__name__)


class CertainStore(CachedStore):
    """Django's own, whose sessions know their account and end for certain.

    Its model has an ``account``.
    """

    def end_all(self, account: str, session_hash: str) -> bool:
        """End every session of an account, as a copy of one may be left in Redis.

        Args:
            account: The id.
            session_hash: What that one holds.

        Raises:
            NotImplementedError: If a project does not say how.

        Returns:
            Whether they ended.
        """
        raise NotImplementedError

    @override
    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Make the row of this session.

        Args:
            data: What the session holds.

        Returns:
            The row, not saved yet; it names the account that is logged in.
        """
        row: Any = super().create_model_instance(data)
        row.account_id = data.get(SESSION_KEY)
        return row

    @override
    def delete(self, session_key: str | None = None) -> None:
        """End a session.

        Args:
            session_key: Which session; by default this one.
        """
        if key := session_key or self.session_key:
            self.end(key)

    def end(self, key: str) -> None:
        """Delete a session's row, then its copy.

        Args:
            key: Which session.
        """
        rows, copy = self._rows(key), self.cache_key_prefix + key
        row = rows.first()
        rows.delete()
        cache = caches[settings.SESSION_CACHE_ALIAS]
        # The cache hides the errors of Redis: None is "not known whether it is deleted".
        if cache.delete(copy) is None:
            data = self.decode(row.session_data) if row else cache.get(copy) or {}
            account, valid = data.get(SESSION_KEY), data.get(HASH_SESSION_KEY, "")
            if account and self.end_all(account, valid):
                logger.warning("Redis kept a session: all of its account have ended.")

    @override
    def load(self) -> dict[str, Any]:
        """Read the session's copy, or its row, of which a copy is made.

        Returns:
            What it holds; nothing if it has ended, be it while it was read.
        """
        copy = caches[settings.SESSION_CACHE_ALIAS].get(self.cache_key)
        data: dict[str, Any] = super().load() if copy is None else copy
        return {} if copy is None and data and self.end_without_row() else data

    @override
    async def aload(self) -> dict[str, Any]:
        """Read the session from async code.

        Returns:
            What it holds.
        """
        return await sync_to_async(self.load)()

    @override
    def save(self, must_create: bool = False) -> None:
        """Write the session, whose end may come between its row and its copy.

        Args:
            must_create: Whether its key must be a new one.
        """
        super().save(must_create)
        if not must_create:
            self.end_without_row()

    @override
    async def asave(self, must_create: bool = False) -> None:
        """Write the session from async code.

        Args:
            must_create: Whether its key must be a new one.
        """
        await sync_to_async(self.save)(must_create)

    def end_without_row(self) -> bool:
        """Take back a copy that was made while somebody ended the session.

        Returns:
            Whether the row is gone.
        """
        key = self.session_key or ""
        gone = not self._rows(key).exists()
        if gone:
            self.end(key)
        return gone

    @override
    async def adelete(self, session_key: str | None = None) -> None:
        """End a session from async code.

        Args:
            session_key: Which session; by default this one.
        """
        await sync_to_async(self.delete)(session_key)

    def _rows(self, key: str) -> "QuerySet[Any]":
        """Ask the table, whatever the cache says.

        Args:
            key: Key of a session.

        Returns:
            Its row, if it has not ended.
        """
        return self.get_model_class().objects.filter(pk=key)
