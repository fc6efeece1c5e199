"""Everything that changes samples."""

from typing import TYPE_CHECKING, Unpack

from apps.samples.models import Sample
from django.db import transaction

if TYPE_CHECKING:
    from apps.samples.domain import SampleValues
    from django.core.files.uploadedfile import UploadedFile


@transaction.atomic
def sample_create(
    *,
    owner_id: int,
    file: "UploadedFile[bytes]",
    **values: "Unpack[SampleValues]",
) -> Sample:
    """Store a file for an account.

    Args:
        owner_id: Id of the account.
        file: The file as it was sent; ``MAX_BODY_SIZE`` bounds it.
        **values: What else is known of it.

    Raises:
        ValidationError: If its name is empty or too long, or a value is wrong.

    Returns:
        The stored sample.
    """
    name, size = file.name or "", file.size or 0
    sample = Sample(
        owner_id=owner_id,
        name=name,
        file=file,
        size=size,
        **values,
    )
    # >>> full clean
    sample.save()
    return sample


@transaction.atomic
def sample_delete(*, sample: Sample) -> None:
    """Delete it for good, its file too.

    Args:
        sample: What to delete.
    """
    sample.delete()
