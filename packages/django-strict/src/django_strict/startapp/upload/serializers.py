"""What clients send and receive."""

from typing import Any, ClassVar

from apps.samples import models
from apps.samples.models import Sample
from apps.samples.selectors import sample_token, sample_url
from django.db.models import BigIntegerField
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from apps.core.serializers import DecimalField, ModelSerializer, TextField


class SampleSerializer(ModelSerializer[Sample]):
    """What its owner sees of it."""

    url = serializers.SerializerMethodField()
    # >>> plain

    class Meta:
        """Fields."""

        model = Sample
        # >>> shown
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, sample: Sample) -> str:
        """Link to the file.

        Args:
            sample: Whose file.

        Returns:
            An address that opens it for some minutes, without credentials.
        """
        signed = sample_url(sample=sample)
        if signed is None:
            token = sample_token(sample=sample)
            request = self.context["request"]
            signed = reverse("samples:file", args=[token], request=request)
        return signed


class SampleInputSerializer(serializers.Serializer[dict[str, Any]]):
    """What its owner sends, as multipart/form-data."""

    file = serializers.FileField(allow_empty_file=True)
    # >>> inputs
