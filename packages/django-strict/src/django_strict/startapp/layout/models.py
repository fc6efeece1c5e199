"""Samples."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final, override

from django.conf import settings
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
)
from django.db import models

from apps.core.models import TimeStampedModel

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

# >>> constants


class Sample(TimeStampedModel):
    """What somebody keeps."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        # By the database: deleting an account costs no query here.
        on_delete=models.CASCADE,
        related_name="samples",
    )
    # >>> columns

    class Meta:
        """Order and constraints."""

        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        # >>> constraints

    @override
    def __str__(self) -> str:
        """Name it.

        Returns:
            What the admin site calls it.
        """
        # >>> name
