"""Give templates the decision records of a folder."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2.ext import Extension

if TYPE_CHECKING:
    from jinja2 import Environment

ROOT: Final = Path(__file__).resolve().parents[1]
FILE_NAME: Final = re.compile(r"(?P<number>\d{4})-[a-z0-9-]+\.md")
TITLE: Final = re.compile(r"\A# (?P<number>\d+)\. (?P<title>.+)\n")
STATUS: Final = re.compile(r"^## Status\n\n(?P<status>\w+)", re.MULTILINE)


class RecordError(ValueError):
    """A decision record that cannot be listed."""


@dataclass(frozen=True, slots=True)
class Record:
    """One decision.

    Attributes:
        number: Its number, which never changes.
        title: What was decided, in a few words.
        status: Whether it still holds, such as Accepted or Superseded.
        file_name: Where it stands in its folder.
    """

    number: int
    title: str
    status: str
    file_name: str


class DecisionRecordsExtension(Extension):
    """Provide the global function ``decision_records(folder)``."""

    def __init__(self, environment: "Environment") -> None:
        """Register the function.

        Args:
            environment: The environment that loads this extension.
        """
        super().__init__(environment)
        environment.globals["decision_records"] = decision_records


def decision_records(folder: str) -> list[Record]:
    """Read the decision records of a folder.

    Args:
        folder: Path relative to the root of the repository.

    Raises:
        RecordError: If two records have the same number.

    Returns:
        The records in the order of their numbers.
    """
    paths = sorted((ROOT / folder).glob("[0-9]*.md"))
    records = [parse_record(path.name, path.read_text("utf-8")) for path in paths]
    numbers = [record.number for record in records]
    if len(numbers) != len(set(numbers)):
        message = f"two records in {folder} have the same number"
        raise RecordError(message)
    return records


def parse_record(file_name: str, text: str) -> Record:
    """Read the head of a decision record.

    Args:
        file_name: Name of its file, ``0001-a-title.md``.
        text: Its content.

    Raises:
        RecordError: If the name, the title or the status has another form.

    Returns:
        The record.
    """
    name = FILE_NAME.fullmatch(file_name)
    title = TITLE.search(text)
    status = STATUS.search(text)
    if not name or not title or int(name["number"]) != int(title["number"]):
        message = f"{file_name} does not begin with '# <its number>. <its title>'"
        raise RecordError(message)
    if not status:
        message = f"{file_name} has no word under '## Status'"
        raise RecordError(message)
    return Record(
        number=int(name["number"]),
        title=title["title"],
        status=status["status"],
        file_name=file_name,
    )
