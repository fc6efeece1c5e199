"""Lines of the log that no client can make long."""

import re
from typing import Any, Final, override

from pythonjsonlogger.json import JsonFormatter

LIMIT: Final = 500
LONG: Final = re.compile(rf"^(.{{{LIMIT}}}).+", re.MULTILINE)


class BoundedFormatter(JsonFormatter):
    """Cuts each line of a text, of a traceback too.

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
