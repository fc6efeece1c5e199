"""What can go wrong with accounts."""

from django.utils.translation import gettext_noop as _

from apps.core.domain import InvalidInputError


class InvalidCredentialsError(InvalidInputError):
    """No active account, with a confirmed e-mail, has this e-mail and password."""

    code = "invalid_credentials"
    message = _("Unable to log in with these credentials.")


class WrongPasswordError(InvalidInputError):
    """The current password was not confirmed."""

    code = "wrong_password"
    message = _("This is not your current password.")
    attr = "current_password"


class InvalidResetLinkError(InvalidInputError):
    """A reset link is forged, used or expired."""

    code = "invalid_reset_link"
    message = _("This link is not valid or no longer valid; request a new one.")
    attr = "token"


class InvalidConfirmationLinkError(InvalidInputError):
    """A confirmation link is forged, used or expired."""

    code = "invalid_confirmation_link"
    message = InvalidResetLinkError.message
    attr = "token"
