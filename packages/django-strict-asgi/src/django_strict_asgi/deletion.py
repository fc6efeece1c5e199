"""Deleting what a great many rows belong to."""

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from django.db.models import CASCADE, PROTECT, RestrictedError
from django.db.models.deletion import Collector

if TYPE_CHECKING:
    from django.db.models import Model

PART: Final = 500  # rows


def delete_in_parts(row: "Model") -> None:
    """Delete a row and what goes with it, of which Django would hold all in memory.

    To be called in a transaction: a row that may not go keeps all others.

    Args:
        row: The row.
    """
    using = row._state.db or "default"
    # What was declared last may point to what was declared before.
    for relation in reversed(row._meta.related_objects):
        if relation.on_delete is not CASCADE:
            continue
        fields = relation.related_model._meta.concrete_fields
        # Gone first, they would protect nothing.
        if any(getattr(it.remote_field, "on_delete", None) is PROTECT for it in fields):
            continue
        manager = relation.related_model._base_manager.using(using)
        rows = manager.filter(**{relation.field.name: row})
        # One statement deletes these, without a look at them.
        if Collector(using=using, origin=row).can_fast_delete(rows):
            continue
        # What restricts them goes with the row, or keeps it.
        with suppress(RestrictedError):
            while keys := list(rows.values_list("pk", flat=True)[:PART]):
                manager.filter(pk__in=keys).delete()
    row.delete()
