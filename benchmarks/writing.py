"""Keeping a run: the record, the page and the plot."""

from typing import TYPE_CHECKING

from benchmarks.limits import UNWRITTEN
from benchmarks.plot import plot
from benchmarks.record import parse
from extensions.pages import page_environment
from extensions.performance import page

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.record import Record


def write(record: "Record", folder: "Path") -> list["Path"]:
    """Write a record down, and the page and the plot that show it.

    Args:
        record: What was found.
        folder: Where to put them.

    Returns:
        The files.
    """
    # As it will be read again, with the digits that are kept.
    kept = parse(record.text())
    texts = {
        "performance.json": kept.text(),
        "performance.md": page(page_environment(), kept, UNWRITTEN),
        "performance.svg": plot(kept),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in texts]
