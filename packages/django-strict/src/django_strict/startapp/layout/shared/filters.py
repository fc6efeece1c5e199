"""What narrows and orders the lists of all apps."""

from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from django import forms
from django.db.models import BooleanField, IntegerField
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError

from apps.core.pagination import StandardPagination

if TYPE_CHECKING:
    from django.db.models import QuerySet


@extend_schema_field(int)
class WholeNumberFilter(filters.Filter):
    """A filter by a number without a fraction."""

    field_class = forms.IntegerField


@extend_schema_field(bool)
class BooleanFilter(filters.TypedChoiceFilter):
    """A filter by ``true`` or ``false``; Django's own would pass over other words."""


WHOLE: Final = {"filter_class": WholeNumberFilter}
WORDS: Final = {"choices": (("true",) * 2, ("false",) * 2), "coerce": "true".__eq__}
TRUTH: Final = {"filter_class": BooleanFilter, "extra": lambda _: WORDS}


class OrderingFilter(filters.ChoiceFilter):
    """Orders a list by one of the fields that it is made with, a minus turns it round."""

    def __init__(self, *fields: str) -> None:
        """Allow an order.

        Args:
            *fields: Names of fields; what is not among them is refused.
        """
        names = [name for field in fields for name in (field, f"-{field}")]
        super().__init__(choices=[(name, name) for name in names])

    @override
    def filter(self, qs: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        """Order a list.

        Args:
            qs: The list.
            value: The order; empty for that of the list.

        Returns:
            The list; the id settles the order of equal rows, so that no pages overlap.
        """
        sign = "-" if value.startswith("-") else ""
        return qs.order_by(value, f"{sign}pk") if value else qs


class ListFilter(filters.FilterSet):
    """What the query of a list may hold beside its page; anything else is an error."""

    # Django's own would round a fraction, and pass over words that are no truth.
    FILTER_DEFAULTS: ClassVar[dict[Any, Any]] = {
        kind: WHOLE if issubclass(kind, IntegerField) else made
        for kind, made in filters.FilterSet.FILTER_DEFAULTS.items()
    } | {BooleanField: TRUTH}

    @override
    def is_valid(self) -> bool:
        """Judge the query.

        Raises:
            ValidationError: If it holds a name that nobody reads, or no value.

        Returns:
            False if a value is wrong.
        """
        page = StandardPagination
        known = {
            page.page_query_param,
            page.page_size_query_param,
            StandardPagination.cursor_query_param,
        }
        known.update(self.filters)
        data = self.data or {}
        if unknown := sorted(data.keys() - known):
            message = f"Unknown; a list takes {', '.join(sorted(known))}."
            raise ValidationError({name: [message] for name in unknown})
        for name, each in self.filters.items():
            if data.get(name) == "" and not isinstance(each, filters.CharFilter):
                raise ValidationError({name: ["A value is expected."]})
        return super().is_valid()
