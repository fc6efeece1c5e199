"""Forms of log lines that leave the values of database errors out."""

import logging
import re
from typing import TYPE_CHECKING, Final, override

from pythonjsonlogger.json import JsonFormatter

if TYPE_CHECKING:
    from types import TracebackType

# The line in which PostgreSQL names the values that it refused.
DETAIL: Final = re.compile(r"\nDETAIL: .*")


class _WithoutValues(logging.Formatter):
    """Leaves the values out that a database error quotes: e-mails, tokens, hashes."""

    @override
    def formatException(
        self,
        ei: "tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]",
    ) -> str:
        """Write an exception down.

        Args:
            ei: Type, exception and traceback, as of ``sys.exc_info``.

        Returns:
            The traceback.
        """
        return DETAIL.sub("", super().formatException(ei))


class ConsoleFormatter(_WithoutValues):
    """Lines for people."""


class LineFormatter(_WithoutValues, JsonFormatter):
    """Lines for machines: one JSON object each."""
