"""What the models of all apps share."""

from django.db import models


class TimeStampedModel(models.Model):
    """A row that knows when it was made and when it was last saved.

    ``QuerySet.update()`` and ``save(update_fields=...)`` have to name ``updated_at``.
    """

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        """No table of its own."""

        abstract = True
