"""Tokens of mailed links."""

from typing import TYPE_CHECKING, override

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

if TYPE_CHECKING:
    from apps.users.models import User


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """Django's own, that trusts a clock no further ahead than behind.

    Django accepts a token from the future: one made while the clock was wrong by years
    would work for years. A clock that is set back by minutes does no harm.
    """

    @override
    def check_token(self, user: "User | None", token: str | None) -> bool:
        """Judge a token.

        Args:
            user: The account that it is for.
            token: The token, anything at all.

        Returns:
            True when it was made for this account, less than a lifetime ago or ahead.
        """
        if user is None or not token or not super().check_token(user, token):
            return False
        made = base36_to_int(token.partition("-")[0])
        ahead = made - self._num_seconds(self._now())
        return ahead <= settings.PASSWORD_RESET_TIMEOUT


class EmailTokenGenerator(ResetTokenGenerator):
    """For one address and one password: whoever sets another makes the link void.

    Attributes:
        field: Where the account has the address that the link is mailed to. A link to one
            address must never confirm the other.
    """

    def __init__(self, field: str, purpose: str) -> None:
        """Take the field.

        Args:
            field: ``email`` or ``new_email``.
            purpose: What the link does, which no other's token does.
        """
        super().__init__()
        self.field = field
        self.key_salt = f"apps.users.tokens.{purpose}.{field}"

    @override
    def _make_hash_value(self, user: "User", timestamp: int) -> str:
        """Name what must still be as it was when the link was mailed.

        Args:
            user: The account that it is for.
            timestamp: When the token was made.

        Returns:
            A text of it all.
        """
        state = (user.pk, user.password, user.email, user.new_email, user.is_confirmed)
        return f"{state}{timestamp}"


reset_tokens = ResetTokenGenerator()
email_tokens = EmailTokenGenerator("email", "confirm")
new_email_tokens = EmailTokenGenerator("new_email", "confirm")
export_tokens = EmailTokenGenerator("email", "export")


def confirmed_address(user: "User", token: str) -> str | None:
    """Tell which address a confirmation link was mailed to.

    Args:
        user: The account that it is for.
        token: The token, anything at all.

    Returns:
        The address; None for a link that is forged, used or expired.
    """
    for tokens in (email_tokens, new_email_tokens):
        if tokens.check_token(user, token):
            return str(getattr(user, tokens.field))
    return None
