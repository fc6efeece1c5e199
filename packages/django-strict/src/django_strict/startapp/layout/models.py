"""Samples."""

from typing import TYPE_CHECKING, ClassVar, Final, override

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

TITLE_LENGTH: Final = 120
MIN_QUANTITY: Final = 1
MAX_QUANTITY: Final = 1_000_000


class Sample(models.Model):
    """What somebody keeps; a title is taken once for each owner."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        # By the database: deleting an account costs no query here.
        on_delete=models.DB_CASCADE,
        related_name="samples",
    )
    title = models.CharField(max_length=TITLE_LENGTH)
    quantity = models.PositiveIntegerField(
        default=MIN_QUANTITY,
        validators=[MinValueValidator(MIN_QUANTITY), MaxValueValidator(MAX_QUANTITY)],
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Order and constraints."""

        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(
                fields=["owner", "title"], name="samples_sample_owner_title_unique"
            ),
            models.CheckConstraint(
                condition=~models.Q(title=""), name="samples_sample_title_not_empty"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    quantity__gte=MIN_QUANTITY, quantity__lte=MAX_QUANTITY
                ),
                name="samples_sample_quantity_in_range",
            ),
        ]

    @override
    def __str__(self) -> str:
        """Name it.

        Returns:
            The title.
        """
        return self.title
