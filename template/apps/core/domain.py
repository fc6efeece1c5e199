"""Errors of the business, free of HTTP: what services raise.

``apps.core.exceptions`` decides how HTTP calls them.
"""

from typing import ClassVar

from django.core.exceptions import BadRequest
from django.utils.translation import gettext_noop as _


class DomainError(Exception):
    """A rule of the business was broken.

    Attributes:
        code: Word for programs.
        message: Sentence for people, in English; clients read its translation.
        attr: Field of the request that caused it, if there is one.
    """

    code: ClassVar[str] = "error"
    message: ClassVar[str] = _("The request cannot be fulfilled.")
    attr: ClassVar[str | None] = None

    def __init__(self) -> None:
        """Take the class's own message."""
        super().__init__(self.message)


class ConflictError(DomainError):
    """The request contradicts the state of things, an account that exists, say."""

    code = "conflict"
    message = _("This conflicts with what is already there.")


class TooManyAttemptsError(DomainError, BadRequest):
    """Somebody tries too often what only some may know.

    Django's ``BadRequest``, so that pages outside the API, the admin's login, say, are
    refused without a word of their own.

    Attributes:
        wait: Seconds after which the next attempt is welcome.
    """

    code = "throttled"
    message = _("Too many attempts.")

    def __init__(self, wait: float) -> None:
        """Take the class's own message.

        Args:
            wait: Seconds to wait.
        """
        super().__init__()
        self.wait = wait


class NotFoundError(DomainError):
    """What the request names is not there."""

    code = "not_found"
    message = _("Not found.")


class InvalidInputError(DomainError):
    """The request is well-formed, and one of its values is wrong."""

    code = "invalid"
    message = _("This value is not valid.")
