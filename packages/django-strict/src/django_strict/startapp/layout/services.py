"""Everything that changes samples."""

from typing import TYPE_CHECKING, Unpack

from apps.samples.models import Sample
from django.db import transaction

# >>> service imports
if TYPE_CHECKING:
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
        **values: What it shall hold.

    Raises:
        # >>> raises: If one is taken.
        ValidationError: If a value is out of range.

    Returns:
        The changed sample.
    """
    for name, value in values.items():
        setattr(sample, name, value)
    return _save(sample)


@transaction.atomic
def sample_delete(*, sample: Sample) -> None:
    """Delete it for good.

    Args:
        sample: What to delete.
    """
    sample.delete()


def _save(sample: Sample) -> Sample:
    """Check everything and store it.

    Args:
        sample: What to store.

    Raises:
        # >>> raises: If one is taken.
        ValidationError: If a value is out of range.

    Returns:
        The stored sample.
    """
    # >>> checks
    # >>> full clean
    # One that is deleted meanwhile does not come back.
    sample.save(force_update=sample.pk is not None)
    return sample
