"""What can go wrong with samples."""

from django.utils.translation import gettext_noop as _

from apps.core.domain import ConflictError


class TitleTakenError(ConflictError):
    """The owner uses this title already."""

    code = "title_taken"
    message = _("There is one with this title already.")
    attr = "title"
