"""Breaking changes that a project makes on purpose.

A line of ``docs/api-changes.md`` names the change and says why. It counts for as long as
it is new: once it is committed it is history, and excuses nothing that comes later.
"""

import re
from collections import Counter
from typing import Final

from django_strict.project import ROOT

FILE: Final = "docs/api-changes.md"
LINE: Final = re.compile(r"- `(?P<change>[^`]+)`: +(?P<reason>.+)")
# Stands for the reason until somebody writes one.
REASON: Final = "WHY"


def line_for(change: str) -> str:
    """Write the line that acknowledges a change.

    Args:
        change: The change.

    Returns:
        The line, with a placeholder for the reason.
    """
    return f"- `{change}`: {REASON}"


def written() -> str:
    """Read the file.

    Returns:
        Its content, empty when there is none.
    """
    path = ROOT / FILE
    return decoded(path.read_bytes()) if path.exists() else ""


def decoded(content: bytes) -> str:
    """Read text, of which the lines that can be read count.

    Args:
        content: Content of the file.

    Returns:
        The text.
    """
    return content.decode("utf-8", errors="replace")


def acknowledged(now: str, before: str) -> set[str]:
    """Find the changes that somebody has just decided.

    Args:
        now: Content of the file.
        before: Its content in the commit that is compared with.

    Returns:
        The changes; a line without a reason of somebody's own names none.
    """
    # Counted: what was taken away, given back and taken away again needs a second line.
    return set(_changes(now) - _changes(before))


def _changes(content: str) -> Counter[str]:
    """Count the changes that a file names.

    Args:
        content: Its content.

    Returns:
        How often it names each.
    """
    found = (LINE.fullmatch(line.rstrip()) for line in content.splitlines())
    return Counter(
        match["change"] for match in found if match and match["reason"] != REASON
    )
