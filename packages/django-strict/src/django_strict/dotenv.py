"""Write a first ``.env`` for local development."""

import os
import secrets
from typing import TYPE_CHECKING

from django_strict.env_example import render_example

if TYPE_CHECKING:
    from pathlib import Path

SECRET_BYTES = 64


def write_once(path: "Path") -> bool:
    """Write a ``.env`` with a fresh secret, unless there is one.

    Args:
        path: Where it belongs.

    Returns:
        True when it was written, False when it was there already.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)
    text = render_example().replace(
        "\nDJANGO_SECRET_KEY=\n", f"\nDJANGO_SECRET_KEY={secret}\n"
    )
    # O_EXCL: of two starts at once only one writes. Nobody else may read it.
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return True
