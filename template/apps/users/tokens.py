"""Tokens of mailed links."""

from typing import TYPE_CHECKING, override

from django_strict_asgi.tokens import ResetTokenGenerator

if TYPE_CHECKING:
    from apps.users.models import User


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
