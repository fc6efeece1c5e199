"""What the models of all apps share."""

from django.db import models


class TimeStampedModel(models.Model):
    """A row that knows when it was made and when it was last saved.

    ``QuerySet.update()`` saves nothing: what changes rows that way sets ``updated_at``,
    and ``save(update_fields=...)`` names it.
    """

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        """No table of its own."""

        abstract = True
