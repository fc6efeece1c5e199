"""Fields and the base class of serializers: JSON in, strictly typed."""

from django.db.models import Model
from django_strict_asgi.serializers import FieldsFoundOnce, Typed
from rest_framework import serializers


class TextField(Typed, serializers.CharField):
    """Text. DRF would take a number for its digits."""

    kinds = (str,)


class WholeNumberField(Typed, serializers.IntegerField):
    """A number. DRF would take text for the number that its digits make."""

    kinds = (int, float)


class BooleanField(Typed, serializers.BooleanField):
    """True or false. DRF would take words and numbers for them."""

    kinds = (bool,)


class DecimalField(Typed, serializers.DecimalField):
    """Digits in text, which no program rounds. DRF would take numbers and ``1e2``."""

    kinds = (str,)
    form = r"-?[0-9]+(\.[0-9]+)?"


class ModelSerializer[Row: Model](FieldsFoundOnce, serializers.ModelSerializer[Row]):
    """DRF's, but each class looks at its model only once."""
