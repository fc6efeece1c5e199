"""E-mail addresses in the one form that an account is known by."""

import re
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, override

import idna
from django.core.exceptions import ValidationError
from django.db import models

if TYPE_CHECKING:
    BaseField = models.EmailField[str, str]
else:
    BaseField = models.EmailField

EMAIL_LENGTH: Final = 254  # RFC 5321, the longest path without its brackets
# What every mail server takes: nothing quoted, nothing beyond ASCII, no address literal.
MAILABLE: Final = r"^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)*$"


def normalize_email(text: str) -> str:
    """Bring an address into the form in which it is stored and looked up.

    Args:
        text: The address as somebody typed it.

    Returns:
        The address in lower case, with its domain as DNS knows it. Text that cannot be
        brought into this form stays beyond ASCII or too long: no account has it.
    """
    if len(text) > EMAIL_LENGTH:
        # Putting marks into their order takes a time that grows with their square.
        return text
    plain = unicodedata.normalize("NFKC", text.strip()).lower()
    local, at, domain = plain.rpartition("@")
    with suppress(UnicodeError):
        # What IDNA would drop is invisible: the look-alike would be somebody else's.
        if all(idna.uts46_remap(character) for character in domain):
            plain = f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
    return plain


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
