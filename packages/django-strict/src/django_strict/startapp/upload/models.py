"""Samples."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, override
from uuid import uuid4

from django.conf import settings
from django.db import models, transaction
from django.dispatch import receiver

from apps.core.models import TimeStampedModel

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

NAME_LENGTH: Final = 255  # where Django cuts names off that clients send


def stored_name(sample: "Sample", name: str) -> str:
    """Name a file inside the storage.

    Args:
        sample: Whose file it is.
        name: What the client calls it.

    Returns:
        A name nobody chose, without an ending that a server might act on.
    """
    del sample, name
    return f"samples/{uuid4().hex}"


class Sample(TimeStampedModel):
    """A file that somebody keeps."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        # Not by the database: the files of a deleted account go with its rows.
        on_delete=models.CASCADE,
        related_name="samples",
    )
    # What the client calls it; the storage never sees that.
    name = models.CharField(max_length=NAME_LENGTH)
    file = models.FileField(upload_to=stored_name)
    size = models.PositiveBigIntegerField()  # bytes

    class Meta:
        """Order and constraints."""

        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(
                condition=~models.Q(name=""), name="samples_sample_name_not_empty"
            ),
        ]

    @override
    def __str__(self) -> str:
        """Name it.

        Returns:
            What the client calls it.
        """
        return self.name


@receiver(models.signals.post_delete, sender=Sample)
def remove_file(instance: Sample, **kwargs: object) -> None:
    """Remove the file of a row that is gone, whoever deleted it.

    Args:
        instance: What the row was.
        **kwargs: The rest of the signal.
    """
    del kwargs
    # A storage that is away is logged, and changes nothing of what was answered.
    remove = partial(instance.file.delete, save=False)
    transaction.on_commit(remove, robust=True)
