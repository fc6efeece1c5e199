"""The file that a run is kept in."""

import json

import pytest

from benchmarks.record import RecordError, parse
from tests.benchmarks.records import record


def test_a_record_is_read_as_it_was_written() -> None:
    """Nothing is lost on the way to the file and back."""
    assert parse(record().text()) == record()


def test_digits_that_no_measurement_has_are_left_out() -> None:
    """A stopwatch does not know nanoseconds."""
    found = record()
    found.took = 123.456789
    assert json.loads(found.text())["took"] == 123.46


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", record().text().replace('"revision"', '"version"')),
        record().text().replace('"databases"', '"behind"'),
        json.dumps({**json.loads(record().text()), "cells": []}),
    ],
    ids=["empty", "list", "nothing", "renamed", "older", "torn"],
)
def test_the_record_of_another_benchmark_is_refused(text: str) -> None:
    """The sentence holds the command that writes a new one."""
    with pytest.raises(RecordError, match="poe benchmark --growth --output docs"):
        parse(text)
