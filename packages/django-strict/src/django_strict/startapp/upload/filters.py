"""What the list of samples can be narrowed and ordered by."""

from typing import ClassVar

from apps.core.filters import ListFilter, OrderingFilter, WholeNumberFilter
from apps.samples.models import Sample
from django_filters.rest_framework import CharFilter


class SampleFilter(ListFilter):
    """The query of the list."""

    # >>> filters

    class Meta:
        """Fields and how a value is compared with them."""

        model = Sample
        # >>> lookups
