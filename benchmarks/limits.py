"""What limits a run, as its maintainer wrote it down."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from benchmarks.record import Record

LIMITS: Final = Path(__file__).with_name("limits.md")
UNWRITTEN: Final = "Nobody has written down yet what limits this run."


class LimitsError(RuntimeError):
    """Words about another run."""


def heading(record: "Record") -> str:
    """Say which run words belong to.

    Args:
        record: What that run found.

    Returns:
        The first line of its limits.
    """
    return f"Of the run of {record.date}, revision {record.revision}."


def limits(record: "Record", path: Path = LIMITS) -> str:
    """Read what limits a run.

    Args:
        record: What it found.
        path: The file.

    Raises:
        LimitsError: If it was written for another run.

    Returns:
        The text.
    """
    text = path.read_text("utf-8").strip()
    first = text.partition("\n")[0]
    if first != heading(record):
        message = (
            f'{path.name} begins with "{first}", the record is another one: write down '
            f'what limits it, under "{heading(record)}"'
        )
        raise LimitsError(message)
    return text
