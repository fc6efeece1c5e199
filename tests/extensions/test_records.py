"""Read decision records."""

import pytest

from extensions.records import ROOT, Record, RecordError, decision_records, parse_record

GOOD = "# 7. The gate is a stage\n\n## Status\n\nAccepted\n"


def test_a_record_is_read_from_its_head() -> None:
    """Number, title and status come from the text, the link from the file."""
    assert parse_record("0007-the-gate.md", GOOD) == Record(
        7, "The gate is a stage", "Accepted", "0007-the-gate.md"
    )


@pytest.mark.parametrize(
    ("file_name", "text"),
    [
        ("0008-the-gate.md", GOOD),
        ("7-the-gate.md", GOOD),
        ("0007-the-gate.md", GOOD.removeprefix("# 7. ")),
        ("0007-the-gate.md", GOOD.replace("Status", "State")),
    ],
    ids=["other number", "short number", "no number", "no status"],
)
def test_a_malformed_record_is_refused(file_name: str, text: str) -> None:
    """A record that the index would list wrongly stops the rendering."""
    with pytest.raises(RecordError, match=file_name):
        parse_record(file_name, text)


def test_records_are_short_and_complete() -> None:
    """Status, context, decision, consequences; under 45 lines."""
    folder = ROOT / "docs" / "decisions"
    for record in decision_records("docs/decisions"):
        lines = (folder / record.file_name).read_text("utf-8").splitlines()
        headings = [line for line in lines if line.startswith("## ")]
        assert headings == [
            "## Status",
            "## Context",
            "## Decision",
            "## Consequences",
        ], record.file_name
        assert len(lines) < 45, record.file_name
