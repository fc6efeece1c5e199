"""Base classes of serializers."""

from copy import deepcopy
from typing import Any, Final, override
from weakref import WeakKeyDictionary

from django.db.models import Model
from rest_framework import serializers

_found: "Final[WeakKeyDictionary[type, dict[str, Any]]]" = WeakKeyDictionary()


class ModelSerializer[Row: Model](serializers.ModelSerializer[Row]):
    """DRF's, but each class looks at its model only once.

    DRF finds out anew for every answer what fields the model has. Here they are found
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
        if kind not in _found:
            _found[kind] = super().get_fields()
        return deepcopy(_found[kind])
