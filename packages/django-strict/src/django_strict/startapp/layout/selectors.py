"""Reading samples."""

from typing import TYPE_CHECKING

from apps.samples.models import Sample

from apps.core.domain import NotFoundError

if TYPE_CHECKING:
    from django.db.models import QuerySet


def sample_list(*, owner_id: int) -> "QuerySet[Sample]":
    """List what an account owns.

    Args:
        owner_id: Id of the account.

    Returns:
        The samples, the newest first.
    """
    # The order stands in the query itself: pages that follow a cursor read it there.
    return Sample.objects.filter(owner_id=owner_id).order_by("-created_at", "-id")


def sample_get(*, sample_id: int, owner_id: int) -> Sample:
    """Find one that an account owns.

    Args:
        sample_id: Its id.
        owner_id: Id of the account.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.

    Returns:
        The sample.
    """
    sample = Sample.objects.filter(pk=sample_id, owner_id=owner_id).first()
    if sample is None:
        raise NotFoundError
    return sample


# >>> selectors
