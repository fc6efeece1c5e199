"""Writing down what was measured: a page with tables, and a plot."""

import os
import platform
import statistics
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final

from benchmarks.contestants import BARE, PLAIN_ASGI, PLAIN_WSGI, PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Cell, Server

KINDS: Final = {
    "health": "Health check",
    "me": "Own account, by token",
    "list": "Page of a list of users",
    "login": "Login (Argon2)",
    "invalid": "Validation error",
    "large": "1 MB body refused",
}
NAMES: Final = (PROJECT, BARE, PLAIN_ASGI, PLAIN_WSGI)
COLOURS: Final = ("#0b6e4f", "#9aa5b1", "#c97b3d", "#4a6fa5")
# What the project sets out to reach: kind, rival, share of the rival's rate.
TARGETS: Final = (
    ("health", BARE, 0.9),
    ("list", PLAIN_WSGI, 1.0),
    ("list", PLAIN_ASGI, 1.8),
)


@dataclass(slots=True)
class Findings:
    """Everything one run found.

    Attributes:
        cells: Rates, by contestant and kind of request.
        servers: Start and memory, by contestant.
        users: How many users the list held.
        seconds: Length of each measurement.
        rounds: How often each was repeated.
        statements: Transactions per request, by kind.
        lists: Rates of pages, by number of users.
        routes: Rates, by number of routes.
        times: Seconds that other commands took.
    """

    cells: "dict[tuple[str, str], Cell]"
    servers: "dict[str, Server]"
    users: int
    seconds: int
    rounds: int
    statements: dict[str, float] = field(default_factory=dict)
    lists: dict[int, dict[str, float]] = field(default_factory=dict)
    routes: dict[int, float] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Write a table in Markdown.

    Args:
        head: Its first line.
        rows: The others.

    Returns:
        The text.
    """
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(findings: Findings) -> str:
    """Write the page.

    Args:
        findings: What was found.

    Returns:
        The text in Markdown.
    """
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    parts = [
        "# Performance",
        f"Written by `uv run poe benchmark` on {now}: {os.cpu_count()} processors "
        f"({platform.machine()}), client, servers and databases on the same ones; "
        f"2 workers each, 16 clients, medians of {findings.rounds} interleaved runs of "
        f"{findings.seconds} s. The project runs with its production settings: all "
        "security headers, request ids, access lines and throttles are on; only the "
        "rates of the throttles are raised, or they would answer 429.",
        "![Requests per second](performance.svg)",
        "## Targets",
        _targets(findings),
        "## Requests per second",
        _rates(findings),
        "## What a request costs",
        _costs(findings),
        "## Start and memory",
        _servers(findings),
        *_growth(findings),
        *_times(findings),
    ]
    return "\n\n".join(parts) + "\n"


def _targets(findings: Findings) -> str:
    """Compare with the targets.

    Args:
        findings: What was found.

    Returns:
        A table.
    """
    rows = []
    for kind, rival, wanted in TARGETS:
        ratio = _rate(findings, PROJECT, kind) / _rate(findings, rival, kind)
        verdict = "met" if ratio >= wanted else "**not met**"
        rows.append(
            [f"{KINDS[kind]} against {rival}", f"{wanted:.2f}", f"{ratio:.2f}", verdict]
        )
    return table(["Ratio", "Target", "Measured", ""], rows)


def _rate(findings: Findings, name: str, kind: str) -> float:
    """Look a rate up.

    Args:
        findings: What was found.
        name: The contestant.
        kind: Kind of request.

    Returns:
        Requests per second.
    """
    return findings.cells[name, kind].rate


def _rates(findings: Findings) -> str:
    """Compare the rates.

    Args:
        findings: What was found.

    Returns:
        A table, with the 99th percentile in brackets.
    """
    rows = []
    for kind, title in KINDS.items():
        row = [title]
        for name in NAMES:
            cell = findings.cells.get((name, kind))
            p99 = statistics.median(cell.p99s) if cell else 0
            row.append(f"{cell.rate:,.0f} ({p99:.0f} ms)" if cell else "-")
        rows.append(row)
    return table(["Median (99 % within)", *NAMES], rows)


def _costs(findings: Findings) -> str:
    """Compare processor time, and count the project's transactions.

    Args:
        findings: What was found.

    Returns:
        A table.
    """
    rows = []
    for kind, title in KINDS.items():
        row = [title]
        for name in NAMES:
            cell = findings.cells.get((name, kind))
            row.append(f"{statistics.median(cell.cpus):.2f} ms" if cell else "-")
        count = findings.statements.get(kind)
        row.append("-" if count is None else f"{count:.1f}")
        rows.append(row)
    head = ["Processor time of the server", *NAMES, "transactions, this template"]
    return table(head, rows)


def _servers(findings: Findings) -> str:
    """Compare start and memory.

    Args:
        findings: What was found.

    Returns:
        A table.
    """
    rows = [
        [name, f"{found.cold_start:.2f} s", f"{found.memory:.0f} MB"]
        for name, found in findings.servers.items()
    ]
    return table(["", "Start to first answer", "Largest worker after the load"], rows)


def _growth(findings: Findings) -> list[str]:
    """Show how costs grow.

    Args:
        findings: What was found.

    Returns:
        Headings and tables; none if nothing was measured.
    """
    parts = []
    if findings.lists:
        names = list(next(iter(findings.lists.values())))
        rows = [
            [f"{count:,}", *(f"{rates[name]:,.0f}" for name in names)]
            for count, rates in findings.lists.items()
        ]
        head = table(["Users", *names], rows)
        parts += ["## Pages of a growing list, requests per second", head]
    if findings.routes:
        rows = [[str(n), f"{rate:,.0f}"] for n, rate in findings.routes.items()]
        head = table(["Routes before it", "Own account, requests per second"], rows)
        parts += ["## A growing number of routes", head]
    return parts


def _times(findings: Findings) -> list[str]:
    """Show what else takes time.

    Args:
        findings: What was found.

    Returns:
        A heading and a table; nothing if nothing was measured.
    """
    if not findings.times:
        return []
    rows = [[name, f"{seconds:.1f} s"] for name, seconds in findings.times.items()]
    return ["## Commands", table(["Command", "Time"], rows)]


def plot(findings: Findings) -> str:
    """Draw the rates, for each kind relative to the best.

    Args:
        findings: What was found.

    Returns:
        The text of an SVG file.
    """
    bar, gap, left, width = 16, 22, 190, 470
    lines, y = [], 30
    for index, name in enumerate(NAMES):
        x = 20 + index * 190
        lines.append(
            f'<rect x="{x}" y="8" width="10" height="10" fill="{COLOURS[index]}"/>'
        )
        lines.append(
            f'<text x="{x + 15}" y="17" font-size="10">{escape(name[:32])}</text>'
        )
    for kind, title in KINDS.items():
        cells = {name: findings.cells.get((name, kind)) for name in NAMES}
        best = max(1.0, *(cell.rate for cell in cells.values() if cell))
        lines.append(f'<text x="20" y="{y + 20}" font-size="12">{escape(title)}</text>')
        for colour, cell in zip(COLOURS, cells.values(), strict=True):
            if cell:
                length = round(width * cell.rate / best)
                lines.append(
                    f'<rect x="{left}" y="{y}" width="{length}" height="{bar - 2}" '
                    f'fill="{colour}"/><text x="{left + length + 6}" y="{y + 11}" '
                    f'font-size="11">{cell.rate:,.0f}</text>'
                )
                y += bar
        y += gap
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="{y}" '
        f'viewBox="0 0 800 {y}" font-family="sans-serif" role="img">\n'
        f"<title>Requests per second</title>\n"
        f'<rect width="800" height="{y}" fill="white"/>\n{body}\n</svg>\n'
    )


def write(findings: Findings, folder: "Path") -> None:
    """Write the page and its plot.

    Args:
        findings: What was found.
        folder: Where to put them.
    """
    (folder / "performance.md").write_text(page(findings), encoding="utf-8")
    (folder / "performance.svg").write_text(plot(findings), encoding="utf-8")
