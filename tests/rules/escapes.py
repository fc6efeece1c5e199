"""What rules do not see, and why: each is tried, so that the list stays true."""

from typing import Final

ESCAPES: Final[dict[tuple[str, str], str]] = {}
