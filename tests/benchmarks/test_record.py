"""The file that a run is kept in."""

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.record import RecordError, load, parse
from tests.benchmarks.records import record

if TYPE_CHECKING:
    from pathlib import Path


def test_a_record_is_read_as_it_was_written() -> None:
    """Nothing is lost on the way to the file and back."""
    assert parse(record().text()) == record()


def test_digits_that_no_measurement_has_are_left_out() -> None:
    """A stopwatch does not know nanoseconds."""
    found = record()
    found.took = 123.456789
    assert json.loads(found.text())["took"] == 123.46


def test_a_missing_record_is_none(tmp_path: "Path") -> None:
    """A repository that was never measured says so."""
    assert load(tmp_path / "performance.json") is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", record().text().replace('"revision"', '"version"')),
        json.dumps({**json.loads(record().text()), "cells": []}),
    ],
    ids=["empty", "list", "nothing", "renamed", "torn"],
)
def test_the_record_of_another_benchmark_is_refused(
    tmp_path: "Path", text: str
) -> None:
    """The sentence holds the command that writes a new one."""
    path = tmp_path / "performance.json"
    path.write_text(text)
    with pytest.raises(RecordError, match="poe benchmark --growth --output docs"):
        load(path)
