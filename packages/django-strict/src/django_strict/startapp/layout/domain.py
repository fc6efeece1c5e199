"""What can go wrong with samples."""

from apps.core.domain import ConflictError


class TitleTakenError(ConflictError):
    """The owner uses this title already."""

    code = "title_taken"
    message = "There is one with this title already."
    attr = "title"
