"""Forms of log lines without the values of database errors, which no client makes long."""

import logging
import re
from typing import TYPE_CHECKING, Any, Final, override

from pythonjsonlogger.json import JsonFormatter

if TYPE_CHECKING:
    from types import TracebackType

# The line in which PostgreSQL names the values that it refused.
DETAIL: Final = re.compile(r"\nDETAIL: .*")
LIMIT: Final = 500
LONG: Final = re.compile(rf"^(.{{{LIMIT}}}).+", re.MULTILINE)


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
    """Lines for machines: one JSON object each, which cuts each line of a text.

    What lines quote, clients choose: a path, a header. Of those as long as a header may be,
    a few seconds fill the files that are kept, and what happened before them is gone.
    """

    @override
    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Cut the texts of a line.

        Args:
            log_data: Its fields.

        Returns:
            The fields.
        """
        return {
            name: LONG.sub(r"\1...", value) if isinstance(value, str) else value
            for name, value in super().process_log_record(log_data).items()
        }
