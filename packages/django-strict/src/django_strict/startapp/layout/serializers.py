"""What clients send and receive."""

from typing import Any, ClassVar

from apps.samples import models
from apps.samples.models import Sample
from django.db.models import BigIntegerField
from rest_framework import serializers

from apps.core.serializers import (
    BooleanField,
    DecimalField,
    ModelSerializer,
    TextField,
    WholeNumberField,
)


class SampleSerializer(ModelSerializer[Sample]):
    """What its owner sees of it."""

    # >>> plain

    class Meta:
        """Fields."""

        model = Sample
        # >>> shown
        read_only_fields = fields


class SampleInputSerializer(serializers.Serializer[dict[str, Any]]):
    """What its owner decides."""

    # >>> inputs
