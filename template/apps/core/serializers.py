"""JSON in, strictly typed: parser, fields and base class of serializers."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, override
from weakref import WeakKeyDictionary

from django.db.models import Model
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

_fields_of: "Final[WeakKeyDictionary[type, dict[str, Any]]]" = WeakKeyDictionary()


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


class TextField(serializers.CharField):
    """Text. DRF would take a number for its digits, which the document does not say."""

    @override
    def to_internal_value(self, data: Any) -> str:
        """Refuse a value of another type.

        Args:
            data: The value as it was sent.

        Returns:
            The text.
        """
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeNumberField(serializers.IntegerField):
    """A number. DRF would take text for the number that its digits make."""

    @override
    def to_internal_value(self, data: Any) -> int:
        """Refuse a value of another type.

        Args:
            data: The value as it was sent.

        Returns:
            The number.
        """
        if isinstance(data, str | bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class ModelSerializer[Row: Model](serializers.ModelSerializer[Row]):
    """DRF's, but each class looks at its model only once.

    DRF finds out again for every answer what fields the model has. Here they are found
    once and then copied, as DRF copies fields that are declared. So they are the same
    for every request; a class whose fields depend on the request inherits from DRF's.
    """

    @override
    def get_fields(self) -> dict[str, Any]:
        """List the fields.

        Returns:
            Fields by name, each a copy of its own.
        """
        kind = type(self)
        if kind not in _fields_of:
            _fields_of[kind] = super().get_fields()
        return deepcopy(_fields_of[kind])
