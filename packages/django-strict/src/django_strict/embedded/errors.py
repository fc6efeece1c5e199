"""The one error of this package, and the words that its messages share."""

from typing import Final

OWN_SERVERS: Final = (
    "To use servers of your own instead, set DATABASE_URL and REDIS_URL."
)
AFRESH: Final = (
    "To start afresh, run `python -m django_strict.embedded stop --force` and remove the "
    "folder {folder} (its data is lost)."
)


class EmbeddedError(RuntimeError):
    """The embedded servers cannot be used; the message says why and what to do."""
