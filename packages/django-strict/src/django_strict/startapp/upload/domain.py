"""What is known of samples, and what can go wrong with them."""

from typing import TYPE_CHECKING, TypedDict

from apps.core.domain import NotFoundError

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

# >>> value class


class LinkEndedError(NotFoundError):
    """A link was made up, or is too old."""

    code = "link_ended"
    message = "This link has ended; ask for the list to get a new one."
