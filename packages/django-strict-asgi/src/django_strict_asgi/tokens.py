"""Tokens of reset links that trust no clock that was wrong by years."""

from typing import TYPE_CHECKING, override

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """Django's own, that trusts a clock no further ahead than behind.

    Django accepts a token from the future: one made while the clock was wrong by years
    would work for years. A clock that is set back by minutes does no harm.
    """

    @override
    def check_token(self, user: "AbstractBaseUser | None", token: str | None) -> bool:
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
        return bool(ahead <= settings.PASSWORD_RESET_TIMEOUT)
