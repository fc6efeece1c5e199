"""JSON in, strictly typed: parser, fields and base class of serializers."""

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, Final, override
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


class _Typed(serializers.Field[Any, Any, Any, Any]):
    """Takes what the document says, and nothing that DRF could turn into it."""

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


class TextField(_Typed, serializers.CharField):
    """Text. DRF would take a number for its digits."""

    kinds = (str,)


class WholeNumberField(_Typed, serializers.IntegerField):
    """A number. DRF would take text for the number that its digits make."""

    kinds = (int, float)


class BooleanField(_Typed, serializers.BooleanField):
    """True or false. DRF would take words and numbers for them."""

    kinds = (bool,)


class DecimalField(_Typed, serializers.DecimalField):
    """Digits in text, which no program rounds. DRF would take numbers and ``1e2``."""

    kinds = (str,)
    form = r"-?[0-9]+(\.[0-9]+)?"

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
