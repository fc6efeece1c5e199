"""JSON in, strictly typed: a parser, and what fields and serializers share."""

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, Final, override
from weakref import WeakKeyDictionary

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


class Typed(serializers.Field[Any, Any, Any, Any]):
    """Takes what the document says, and nothing that DRF could turn into it.

    Attributes:
        kinds: Types of JSON that the field takes.
        form: What its text must match, if it is text.
    """

    kinds: ClassVar[tuple[type, ...]]
    form: ClassVar[str] = ""

    @override
    def to_internal_value(self, data: Any) -> Any:
        """Refuse a value of another type or form.

        Args:
            data: The value as it was sent.

        Returns:
            What its field makes of it.
        """
        if type(data) not in self.kinds:
            self.fail("invalid", input=data)
        if self.form and not re.fullmatch(self.form, data):
            self.fail("invalid")
        return super().to_internal_value(data)

    @override
    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Refuse an empty text, which DRF would take for null.

        Args:
            data: The value as it was sent.

        Returns:
            Whether that is all, and the value.
        """
        if data == "":
            self.fail("invalid")
        return super().validate_empty_values(data)


class FieldsFoundOnce(serializers.Serializer[Any]):
    """Finds the fields of a class once, for its models' serializers.

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
