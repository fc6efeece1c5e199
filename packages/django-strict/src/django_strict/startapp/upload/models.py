"""Samples."""

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, override
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
)
from django.db import models, transaction
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimeStampedModel

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

NAME_LENGTH: Final = 255  # where Django cuts names off that clients send
# >>> constants


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
    # >>> columns

    class Meta:
        """Order and constraints."""

        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        # >>> constraints

    @override
    def __str__(self) -> str:
        """Name it.

        Returns:
            What the client calls it.
        """
        return self.name

    # >>> clean


@receiver(models.signals.post_delete, sender=Sample)
def remove_file(instance: Sample, **kwargs: object) -> None:
    """Remove the file of a row that is gone, whoever deleted it.

    Args:
        instance: What the row was.
        **kwargs: The rest of the signal.
    """
    del kwargs
    # A storage that is away is logged, and changes nothing of what was answered.
    # The name alone: an account may have a great many.
    remove = partial(instance.file.storage.delete, str(instance.file))
    transaction.on_commit(remove, robust=True)
