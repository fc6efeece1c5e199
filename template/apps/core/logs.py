"""What every log line of the project carries."""

import logging
from typing import override

from apps.core import request_id


class RequestIdFilter(logging.Filter):
    """Adds ``request_id`` to each record; drops none."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Attach the id of the request that the record belongs to.

        Django logs some answers after the middleware has finished; those records
        carry the request itself.

        Args:
            record: The record.

        Returns:
            True.
        """
        request = getattr(record, "request", None)
        meta = getattr(request, "META", {})
        record.request_id = meta.get(request_id.META_KEY) or request_id.current.get()
        return True
