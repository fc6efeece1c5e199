"""Serializer fields for bodies in JSON, whose values have types of their own."""

from typing import Any, override

from rest_framework import serializers


class TextField(serializers.CharField):
    """Text. DRF would take a number for its digits, which the document does not say."""

    @override
    def to_internal_value(self, data: Any) -> str:
        """Check a value.

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
        """Check a value.

        Args:
            data: The value as it was sent.

        Returns:
            The number.
        """
        if isinstance(data, str | bool):
            self.fail("invalid")
        return super().to_internal_value(data)
