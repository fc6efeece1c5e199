"""Raising the rates of a rendered project beyond what a benchmark sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

# Requests are counted as ever; the count only never reaches the limit.
RATES: Final = {
    "apps/core/throttling.py": ("10/min", "20/hour", "10/hour"),
    "config/settings.py": ("100/hour", "1000/hour"),
}
ENDLESS: Final = "1000000000/hour"


@contextmanager
def lifted(folder: "Path") -> Iterator[None]:
    """Raise the rates until the block ends.

    Args:
        folder: The project.

    Yields:
        Nothing.
    """
    originals = {folder / name: (folder / name).read_text("utf-8") for name in RATES}
    endless = {
        folder / name: _endless(name, originals[folder / name]) for name in RATES
    }
    try:
        for path, text in endless.items():
            path.write_text(text, "utf-8")
        yield
    finally:
        for path, text in originals.items():
            path.write_text(text, "utf-8")


def _endless(name: str, text: str) -> str:
    """Raise the rates of a file.

    Args:
        name: The file.
        text: Its text.

    Raises:
        LookupError: If a rate is not where it should be.

    Returns:
        The new text.
    """
    for rate in RATES[name]:
        if f'"{rate}"' not in text:
            message = f'{name} holds no rate "{rate}"; RATES must name all of them.'
            raise LookupError(message)
        text = text.replace(f'"{rate}"', f'"{ENDLESS}"')
    return text
