"""Who breaks clients says so in a line, with a reason of his own."""

from typing import TYPE_CHECKING, Final

import pytest

from django_strict.openapi.comparison import acknowledged
from tests.openapi.documents import GONE, LIST, patched

if TYPE_CHECKING:
    from tests.openapi.history import History

CHANGE: Final = "GET / is gone"


def pasted(output: str) -> list[str]:
    """Find the lines that the message offers.

    Args:
        output: The message.

    Returns:
        The lines.
    """
    return [line.strip() for line in output.splitlines() if line.endswith(": WHY")]


@pytest.mark.parametrize("reason", ["", " ", "WHY", " WHY ", "WHY  "])
def test_a_line_without_a_reason_counts_for_nothing(reason: str) -> None:
    """The placeholder is none."""
    assert acknowledged(f"- `{CHANGE}`: {reason}\n", "") == set()


@pytest.mark.parametrize("reason", ["WHY not", "because", "nobody knows WHY"])
def test_a_line_with_a_reason_counts(reason: str) -> None:
    """Whatever it is."""
    written = f"- `{CHANGE}`: {reason}"
    assert acknowledged(written, "") == {CHANGE}


def test_a_pasted_line_counts_when_the_reason_is_written(history: "History") -> None:
    """As it stands in the message, it does not."""
    document = patched({"paths": {LIST: GONE}})
    history.write(document)
    lines = pasted(history.compare()[1])
    history.decide(*lines)
    assert history.compare()[0] == 1
    history.decide(*(line.replace("WHY", "nobody orders any more") for line in lines))
    assert history.compare()[0] == 0


@pytest.mark.parametrize(
    "pattern", ["^[^\n]*$", "^\u2028\x85`\t\xa0$", "^a $", "^日本$"]
)
def test_any_pattern_gives_a_line_that_counts(history: "History", pattern: str) -> None:
    """A line break, say, is written as people write it."""
    title = {"pattern": pattern}
    history.write(patched({"NewOrder properties title": title}))
    lines = pasted(history.compare()[1])
    history.decide(*(line.replace("WHY", "because") for line in lines))
    assert (len(lines), history.compare()[0]) == (1, 0)


def test_a_line_that_nobody_can_read_is_passed_over(history: "History") -> None:
    """The others count."""
    history.write(patched({"paths": {LIST: GONE}}))
    lines = pasted(history.compare()[1])
    history.decide(*(line.replace("WHY", "because") for line in lines))
    file = history.folder / "docs" / "api-changes.md"
    file.write_bytes(b"caf\xe9\n" + file.read_bytes())
    assert history.compare()[0] == 0
