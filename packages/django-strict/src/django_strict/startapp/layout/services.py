"""Everything that changes samples."""

from typing import TYPE_CHECKING, Unpack

from apps.samples.models import Sample
from django.db import transaction

# >>> service imports
if TYPE_CHECKING:
    from collections.abc import Iterable

    from apps.samples.domain import SampleValues


@transaction.atomic
def sample_create(*, owner_id: int, **values: "Unpack[SampleValues]") -> Sample:
    """Create one for an account.

    Args:
        owner_id: Id of the account.
        **values: What it holds.

    Raises:
        # >>> raises: If one is taken.
        ValidationError: If a value is out of range.

    Returns:
        The stored sample.
    """
    return _save(Sample(owner_id=owner_id, **values))


@transaction.atomic
def sample_update(*, sample: Sample, **values: "Unpack[SampleValues]") -> Sample:
    """Change what it holds.

    Args:
        sample: What to change.
        **values: What it shall hold; the rest stays as it is stored.

    Raises:
        # >>> raises: If one is taken.
        ValidationError: If a value is out of range.

    Returns:
        The changed sample.
    """
    for name, value in values.items():
        setattr(sample, name, value)
    return _save(sample, {*values, "updated_at"})


@transaction.atomic
def sample_delete(*, sample: Sample) -> None:
    """Delete it for good.

    Args:
        sample: What to delete.
    """
    sample.delete()


def _save(sample: Sample, changed: "Iterable[str] | None" = None) -> Sample:
    """Check everything and store it.

    Args:
        sample: What to store.
        changed: The fields that are written, for one that is stored already.

    Raises:
        # >>> raises: If one is taken.
        ValidationError: If a value is out of range.

    Returns:
        The stored sample.
    """
    # >>> checks
    # >>> full clean
    # One that is deleted meanwhile does not come back, nor do values of before.
    sample.save(update_fields=changed)
    return sample
