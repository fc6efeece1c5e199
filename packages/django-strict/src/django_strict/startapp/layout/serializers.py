"""What clients send and receive."""

from typing import Any, ClassVar

from apps.samples.models import MAX_QUANTITY, MIN_QUANTITY, TITLE_LENGTH, Sample
from rest_framework import serializers

from apps.core.serializers import ModelSerializer, TextField, WholeNumberField


class SampleSerializer(ModelSerializer[Sample]):
    """What its owner sees of it."""

    class Meta:
        """Fields."""

        model = Sample
        fields: ClassVar[list[str]] = ["id", "title", "quantity", "created_at"]
        read_only_fields = fields


class SampleInputSerializer(serializers.Serializer[dict[str, Any]]):
    """What its owner decides."""

    title = TextField(max_length=TITLE_LENGTH)
    quantity = WholeNumberField(
        min_value=MIN_QUANTITY, max_value=MAX_QUANTITY, default=MIN_QUANTITY
    )


class SampleQuerySerializer(serializers.Serializer[dict[str, Any]]):
    """How the owner searches."""

    search = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=TITLE_LENGTH
    )
