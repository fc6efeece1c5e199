"""E-mail addresses in the one form that an account is known by."""

import unicodedata
from contextlib import suppress
from typing import Final

import idna

LONGEST: Final = 254  # RFC 5321, the longest path without its brackets


def normalize_email(text: str) -> str:
    """Bring an address into the form in which it is stored and looked up.

    Args:
        text: The address as somebody typed it.

    Returns:
        The address in lower case, with its domain as DNS knows it. Text that cannot be
        brought into this form stays beyond ASCII or too long: no account has it.
    """
    if len(text) > LONGEST:
        # Putting marks into their order takes a time that grows with their square.
        return text
    plain = unicodedata.normalize("NFKC", text.strip()).lower()
    local, at, domain = plain.rpartition("@")
    with suppress(UnicodeError):
        # What IDNA would drop is invisible: the look-alike would be somebody else's.
        if all(idna.uts46_remap(character) for character in domain):
            plain = f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
    return plain
