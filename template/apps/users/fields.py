"""E-mail addresses in the one form that an account is known by."""

import re
from typing import TYPE_CHECKING, Any, Final, override

from django.core.exceptions import ValidationError
from django.db import models
from django_strict_asgi.emails import normalize_email

if TYPE_CHECKING:
    BaseField = models.EmailField[str, str]
else:
    BaseField = models.EmailField

EMAIL_LENGTH: Final = 254  # RFC 5321, the longest path without its brackets
# What every mail server takes: nothing quoted, nothing beyond ASCII, no address literal.
MAILABLE: Final = r"^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)*$"


def validate_mailable(value: str) -> None:
    """Refuse an address that no mail reaches.

    Args:
        value: The address, normalised.

    Raises:
        ValidationError: If it is one.
    """
    if not re.fullmatch(MAILABLE, value):
        message = "Enter an address that mail servers everywhere accept."
        raise ValidationError(message, code="invalid")


class EmailField(BaseField):
    """A column of addresses; whoever writes or looks one up uses the one form."""

    @override
    def to_python(self, value: Any) -> Any:
        """Normalise what is cleaned, stored or looked up.

        Args:
            value: An address, or None.

        Returns:
            Its one form.
        """
        text = super().to_python(value)
        return normalize_email(text) if isinstance(text, str) else text
