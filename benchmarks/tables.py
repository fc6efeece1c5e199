"""The tables of the page, in Markdown."""

from typing import TYPE_CHECKING

from benchmarks.figures import Figure, ratio
from benchmarks.names import (
    CONTESTANTS,
    FIRST,
    FIRST_CURSOR,
    KINDS,
    LAST,
    LAST_CURSOR,
    PAGES,
    PROJECT,
    SECOND_CURSOR,
)
from benchmarks.parts import PARTS
from benchmarks.targets import verdicts

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.record import Cell, Record

NOTHING = "-"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Write a table.

    Args:
        head: Its first line.
        rows: The others.

    Returns:
        The text; all columns but the first are aligned to the right.
    """
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def targets(record: "Record") -> str:
    """Write down which targets were met.

    Args:
        record: What was found.

    Returns:
        A table.
    """
    rows = [
        [row.title, row.wanted, row.found, "met" if row.met else "**not met**"]
        for row in verdicts(record)
    ]
    return table(["", "Target", "Measured", "Verdict"], rows)


def rates(record: "Record") -> str:
    """Compare requests per second.

    Args:
        record: What was found.

    Returns:
        A table.
    """
    return _by_kind(record, lambda cell: Figure.of(cell.rates).text(",.0f"))


def ratios(record: "Record") -> str:
    """Compare requests per second with those of each rival.

    Args:
        record: What was found.

    Returns:
        A table.
    """
    rivals = [name for name in CONTESTANTS if name != PROJECT]
    rows = []
    for kind, description in KINDS.items():
        ours = record.cells[PROJECT][kind].rates
        others = [record.cells[name].get(kind) for name in rivals]
        rows.append(
            [
                description.title,
                *(
                    ratio(ours, cell.rates).text() if cell else NOTHING
                    for cell in others
                ),
            ]
        )
    return table(
        ["This template against", *(CONTESTANTS[name] for name in rivals)], rows
    )


def latencies(record: "Record") -> str:
    """Compare how long answers take.

    Args:
        record: What was found.

    Returns:
        A table.
    """

    def text(cell: "Cell") -> str:
        """Give the median and the slowest of a hundred."""
        half, most = Figure.of(cell.p50s), Figure.of(cell.p99s)
        return f"{half.median:.1f} / {most.median:.1f} ms"

    return _by_kind(record, text)


def processor_time(record: "Record") -> str:
    """Compare processor time.

    Args:
        record: What was found.

    Returns:
        A table.
    """

    def text(cell: "Cell") -> str:
        """Give the processor time of the project and of what stands behind it."""
        own, behind = Figure.of(cell.cpus), Figure.of(cell.behind)
        return f"{own.median:.2f} + {behind.median:.2f} ms"

    return _by_kind(record, text)


def counts(record: "Record") -> str:
    """Say what a request asks the servers behind the project.

    Args:
        record: What was found.

    Returns:
        A table.
    """
    rows = [
        [KINDS[kind].title, f"{found.statements:.1f}", f"{found.round_trips:.1f}"]
        for kind, found in record.counts.items()
    ]
    return table(
        ["A request to this template", "SQL statements", "Redis round trips"], rows
    )


def profile(record: "Record") -> str:
    """Show where a page of the list spends its time.

    Args:
        record: What was found.

    Returns:
        A table, or a sentence that says why there is none.
    """
    if not record.profiles:
        return "Not sampled: the kernel did not let py-spy look into a worker."
    costs = {
        name: Figure.of(record.cells[name]["list"].cpus).median
        for name in record.profiles
    }
    rows = [
        [
            part,
            *(
                f"{found[part]:.1%}, {found[part] * costs[name]:.2f} ms"
                for name, found in record.profiles.items()
            ),
        ]
        for part in PARTS
    ]
    total = ["all", *(f"100.0%, {cost:.2f} ms" for cost in costs.values())]
    head = ["Part of the request", *(CONTESTANTS[name] for name in costs)]
    return table(head, [*rows, total])


def rounds(record: "Record") -> str:
    """Say how often and how long each kind of request was measured.

    Args:
        record: What was found.

    Returns:
        Words for the page.
    """
    usual = f"{record.rounds} of {record.seconds} s"
    words = [f"{usual} for each measurement"]
    for kind, description in KINDS.items():
        count = len(record.cells[PROJECT][kind].rates)
        found = f"{count} of {max(record.seconds, description.seconds)} s"
        if found != usual:
            words.append(f"{found} for {description.title}")
    return "; ".join(words)


def services(record: "Record") -> str:
    """Compare start and memory.

    Args:
        record: What was found.

    Returns:
        A table.
    """
    rows = [
        [
            CONTESTANTS[name],
            f"{Figure.of(found.starts).text()} s",
            f"{found.memory.rss:.0f} MB",
            f"{found.memory.pss:.0f} MB",
        ]
        for name, found in record.services.items()
    ]
    return table(["", "Start to the first 200", "Largest worker, RSS", "PSS"], rows)


def commands(record: "Record") -> str:
    """Say how long the project's commands take, and how large its image is.

    Args:
        record: What was found.

    Returns:
        A table.
    """
    rows = [
        [f"`{name}`" if " " in name else name, f"{Figure.of(found).text('.1f')} s"]
        for name, found in record.commands.items()
    ]
    # Only a run with growth asks for Docker.
    image = "not measured: no Docker here" if record.apps else "not measured"
    if record.image is not None:
        image = f"{record.image:.0f} MB"
    return table(["", "Measured"], [*rows, ["Size of the production image", image]])


def lists(record: "Record") -> str:
    """Show pages of a growing list.

    Args:
        record: What was found.

    Returns:
        A table.
    """
    rows = [
        [
            f"{int(count):,}",
            *(Figure.of(pages[name]).text(",.0f") for name in PAGES),
            ratio(pages[LAST], pages[FIRST]).text(),
            ratio(pages[LAST_CURSOR], pages[SECOND_CURSOR]).text(),
            ratio(pages[LAST_CURSOR], pages[FIRST_CURSOR]).text(),
        ]
        for count, pages in record.lists.items()
    ]
    by_cursor = ["by cursor, last to second", "by cursor, last to first"]
    return table(["Users", *PAGES, "last to first", *by_cursor], rows)


def routes(record: "Record") -> str:
    """Show a growing number of routes.

    Args:
        record: What was found.

    Returns:
        A table.
    """
    least = next(iter(record.routes.values()))
    rows = [
        [count, Figure.of(found).text(",.0f"), ratio(found, least).text()]
        for count, found in record.routes.items()
    ]
    return table(
        ["Further routes before it", "requests per second", "to the first line"], rows
    )


def apps(record: "Record") -> str:
    """Show a growing number of apps.

    Args:
        record: What was found.

    Returns:
        A table.
    """
    rows = [
        [
            count,
            f"{found.gate:.1f} s",
            f"{found.tests:.1f} s",
            f"{Figure.of(found.starts).text()} s",
            f"{found.memory.rss:.0f} MB",
            f"{found.memory.pss:.0f} MB",
        ]
        for count, found in record.apps.items()
    ]
    head = ["Further apps", "gate, empty caches", "tests", "start to the first 200"]
    memory = ["largest worker after own accounts, RSS", "PSS"]
    return table([*head, *memory], rows)


def _by_kind(record: "Record", text: "Callable[[Cell], str]") -> str:
    """Write a line for each kind of request, and a column for each contestant.

    Args:
        record: What was found.
        text: Writes a cell.

    Returns:
        A table.
    """
    rows = []
    for kind, description in KINDS.items():
        cells = [record.cells[name].get(kind) for name in CONTESTANTS]
        rows.append(
            [description.title, *(text(cell) if cell else NOTHING for cell in cells)]
        )
    return table(["", *CONTESTANTS.values()], rows)
