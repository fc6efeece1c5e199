"""What can go wrong with samples."""

from apps.core.domain import NotFoundError


class LinkEndedError(NotFoundError):
    """A link was made up, or is too old."""

    code = "link_ended"
    message = "This link has ended; ask for the list to get a new one."
