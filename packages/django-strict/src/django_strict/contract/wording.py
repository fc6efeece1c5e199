"""How the sentences about changes name values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def word(value: object) -> str:
    """Write a value down.

    Args:
        value: The value; None for a rule that is not given.

    Returns:
        What a person recognises, quoted where it could be overlooked.
    """
    if value is None:
        return "open"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if text and text == text.strip() else f'"{text}"'


def listed(values: Iterable[object]) -> str:
    """Write values down.

    Args:
        values: The values.

    Returns:
        Words in a steady order.
    """
    return ", ".join(sorted(word(value) for value in values))


def one_line(sentence: str) -> str:
    """Make a sentence fit between the backticks of a line that acknowledges it.

    Args:
        sentence: The sentence, with whatever a document holds in it.

    Returns:
        The sentence with everything escaped that no line can show.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in sentence.replace("`", "'")
    )
