"""Parsers of request bodies."""

from typing import TYPE_CHECKING, Any, override

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO


class StrictJSONParser(JSONParser):
    """Reads JSON and refuses what would exhaust the interpreter's stack."""

    @override
    def parse(
        self,
        stream: "IO[Any]",
        media_type: str | None = None,
        parser_context: "Mapping[str, Any] | None" = None,
    ) -> dict[str, Any]:
        """Parse a request body.

        Args:
            stream: The body.
            media_type: Its content type.
            parser_context: The view, its arguments and the request.

        Raises:
            ParseError: If the body is not JSON, or nested too deeply.

        Returns:
            The parsed JSON, whatever its shape: serializers judge that.
        """
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            message = "JSON parse error - nested too deeply."
            raise ParseError(message) from error
