"""What is printed at the end of a run."""

from typing import TYPE_CHECKING

from benchmarks import tables

if TYPE_CHECKING:
    from benchmarks.record import Record


def summary(record: "Record") -> str:
    """Write all tables down for a terminal.

    Args:
        record: What was found.

    Returns:
        The tables with their titles.
    """
    parts = [
        ("Targets", tables.targets(record)),
        ("Requests per second: median (least..most)", tables.rates(record)),
        ("Requests per second: ratios per round", tables.ratios(record)),
        ("Answered within: 50 % / 99 %", tables.latencies(record)),
        ("Processor time of a request: own + behind", tables.processor_time(record)),
        ("Asked behind", tables.counts(record)),
        ("Where a page of the list spends its time", tables.profile(record)),
        ("Start and memory", tables.services(record)),
        ("Commands", tables.commands(record)),
    ]
    if record.lists:
        parts += [
            ("A growing list", tables.lists(record)),
            ("A growing number of routes", tables.routes(record)),
            ("A growing number of apps", tables.apps(record)),
        ]
    return "\n\n".join(f"{title}\n\n{text}" for title, text in parts) + "\n"
