"""Reading samples."""

from typing import TYPE_CHECKING

from apps.samples.models import Sample

from apps.core.domain import NotFoundError

if TYPE_CHECKING:
    from django.db.models import QuerySet


def sample_list(*, owner_id: int, search: str = "") -> "QuerySet[Sample]":
    """List what an account owns.

    Args:
        owner_id: Id of the account.
        search: Part of the title; empty for all.

    Returns:
        The samples, the newest first.
    """
    # The order stands in the query itself: pages that follow a cursor read it there.
    samples = Sample.objects.filter(owner_id=owner_id).order_by("-created_at", "-id")
    if search:
        samples = samples.filter(title__icontains=search)
    return samples


def sample_get(*, sample_id: int) -> Sample:
    """Find one by its id.

    Args:
        sample_id: The id.

    Raises:
        NotFoundError: If there is none.

    Returns:
        The sample.
    """
    sample = Sample.objects.filter(pk=sample_id).first()
    if sample is None:
        raise NotFoundError
    return sample


def title_is_taken(*, sample: Sample) -> bool:
    """Tell whether the owner uses a title elsewhere.

    Args:
        sample: Stored or new.

    Returns:
        True if another one of the same owner has its title.
    """
    others = Sample.objects.filter(owner_id=sample.owner_id, title=sample.title)
    return others.exclude(pk=sample.pk).exists()
