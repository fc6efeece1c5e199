"""Read decision records."""

import re
from pathlib import PurePosixPath
from typing import Final

import pytest

from django_strict.rules.model import catalogue
from extensions.records import ROOT, Record, RecordError, decision_records, parse_record
from tests.helpers.repository import git

FILE: Final = re.compile(
    r"[\w.*-][\w./*-]*(?:/|\.(?:conf|json|md|py|sh|toml|txt|ya?ml))"
)
SETTING: Final = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+")
# A module of a project or of a package, and perhaps a name in it.
DOTTED: Final = re.compile(r"(?:apps|config|django_strict(?:_asgi)?)(?:\.\w+)+")
# What a command makes, and what the text says there is not.
NOWHERE: Final = {
    ".embedded/",
    "apps/core/filters.py",
    "devtools/",
    "media/",
    "tests.py",
}
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


def test_records_name_files_and_settings_that_exist() -> None:
    """A record that outlives what it is about misleads whoever trusts it."""
    folder = ROOT / "docs" / "decisions"
    tracked = git(ROOT, "ls-files").splitlines()
    paths = [PurePosixPath(name.removesuffix(".jinja")) for name in tracked]
    files = [*paths, *{parent for path in paths for parent in path.parents}]
    text = "".join(
        (ROOT / name).read_text("utf-8")
        for name in tracked
        if not name.startswith("docs/decisions/")
        and not name.endswith((".whl", ".png"))
    )
    unknown = []
    for record in sorted(folder.glob("0*.md")):
        for word in re.findall(r"`([^`\n]+)`", record.read_text("utf-8")):
            if word in NOWHERE:
                continue
            is_missing_file = FILE.fullmatch(word) and not any(
                path.match(word.rstrip("/")) for path in files
            )
            is_missing_setting = SETTING.fullmatch(word) and word not in text
            is_missing_name = DOTTED.fullmatch(word) and not is_there(word, paths)
            if is_missing_file or is_missing_setting or is_missing_name:
                unknown.append(f"{record.name}: {word}")
    assert unknown == []


def is_there(dotted: str, paths: list[PurePosixPath]) -> bool:
    """Find a module, or a module with a name in it."""
    module, _, name = dotted.rpartition(".")
    sources = [(ROOT / path).read_text("utf-8") for path in files_of(module, paths)]
    return bool(files_of(dotted, paths)) or any(
        re.search(rf"\b{name}\b", source) for source in sources
    )


def files_of(module: str, paths: list[PurePosixPath]) -> list[PurePosixPath]:
    """Find the file of a module or a package."""
    place = module.replace(".", "/")
    names = (f"{place}.py", f"{place}/__init__.py")
    return [path for path in paths if any(path.match(name) for name in names)]


def test_records_name_rules_and_records_that_exist() -> None:
    """A number that is given to something else misleads as well."""
    folder = ROOT / "docs" / "decisions"
    numbers = {record.number for record in decision_records("docs/decisions")}
    unknown = []
    for record in sorted(folder.glob("0*.md")):
        text = record.read_text("utf-8")
        rules = set(re.findall(r"\bDS\d{3}\b", text)) - catalogue().keys()
        named = {int(number) for number in re.findall(r"\brecord (\d+)\b", text)}
        unknown += [f"{record.name}: {each}" for each in {*rules, *(named - numbers)}]
    assert unknown == []
