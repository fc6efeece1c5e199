"""Everything that changes samples."""

from apps.samples.domain import TitleTakenError
from apps.samples.models import Sample
from apps.samples.selectors import title_is_taken
from django.db import transaction


@transaction.atomic
def sample_create(*, owner_id: int, title: str, quantity: int) -> Sample:
    """Create one for an account.

    Args:
        owner_id: Id of the account.
        title: Its title.
        quantity: How many there are.

    Raises:
        TitleTakenError: If the owner uses the title already.
        ValidationError: If a value is out of range.

    Returns:
        The stored sample.
    """
    return _save(Sample(owner_id=owner_id, title=title, quantity=quantity))


@transaction.atomic
def sample_update(*, sample: Sample, title: str, quantity: int) -> Sample:
    """Change title and quantity.

    Args:
        sample: What to change.
        title: The new title.
        quantity: The new quantity.

    Raises:
        TitleTakenError: If the owner uses the title already.
        ValidationError: If a value is out of range.

    Returns:
        The changed sample.
    """
    sample.title = title
    sample.quantity = quantity
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
        TitleTakenError: If the owner uses the title already.
        ValidationError: If a value is out of range.

    Returns:
        The stored sample.
    """
    if title_is_taken(sample=sample):
        raise TitleTakenError
    # Who asks is the owner, and needs no query.
    sample.full_clean(exclude={"owner"})
    # One that is deleted meanwhile does not come back.
    sample.save(force_update=sample.pk is not None)
    return sample
