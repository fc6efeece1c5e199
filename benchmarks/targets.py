"""Which targets a run met, computed from what it found."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import names
from benchmarks.figures import Figure, ratio

if TYPE_CHECKING:
    from benchmarks.record import Record


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target beside what was found.

    Attributes:
        title: What was measured.
        wanted: The target, with its unit.
        found: What was found, with its unit and spread.
        met: Whether that is enough.
    """

    title: str
    wanted: str
    found: str
    met: bool


def verdicts(record: "Record") -> list[Verdict]:
    """Judge a run.

    Args:
        record: What it found.

    Returns:
        A verdict for each target; what was not measured has none.
    """
    return [*_ratios(record), *_costs(record), *_flatness(record)]


def rate_ratio(record: "Record", kind: str, rival: str) -> Figure:
    """Compare requests per second.

    Args:
        record: What was found.
        kind: Kind of request.
        rival: Whom to compare with.

    Returns:
        How many times the rival's requests this template answers.
    """
    ours = record.cells[names.PROJECT][kind].rates
    return ratio(ours, record.cells[rival][kind].rates)


def _ratios(record: "Record") -> list[Verdict]:
    """Judge the rates.

    Args:
        record: What was found.

    Returns:
        The verdicts.
    """
    rows = []
    for target in names.TARGETS:
        found = rate_ratio(record, target.kind, target.rival)
        title = names.KINDS[target.kind].title
        rows.append(
            Verdict(
                f"{title}: requests per second against {names.CONTESTANTS[target.rival]}",
                f"at least {target.ratio:.2f} times",
                f"{found.text()} times",
                found.median >= target.ratio,
            )
        )
    return rows


def _costs(record: "Record") -> list[Verdict]:
    """Judge start and memory.

    Args:
        record: What was found.

    Returns:
        The verdicts.
    """
    service = record.services[names.PROJECT]
    start = Figure.of(service.starts)
    limit = names.WORKER_MEGABYTES
    memory = (("RSS", service.memory.rss), ("PSS", service.memory.pss))
    return [
        Verdict(
            "Start of the servers to the first 200",
            f"under {names.START_SECONDS:.1f} s",
            f"{start.text()} s",
            start.median < names.START_SECONDS,
        ),
        *(
            Verdict(
                f"Memory of the largest worker, {name}",
                f"under {limit:.0f} MB",
                f"{used:.1f} MB",
                used < limit,
            )
            for name, used in memory
        ),
    ]


def _flatness(record: "Record") -> list[Verdict]:
    """Judge a page that lies far behind, beside the second one: a cursor leads to both.

    Args:
        record: What was found.

    Returns:
        A verdict, or none if no list was long enough.
    """
    pages = record.lists.get(str(names.FAR_PAGE * names.PAGE_SIZE))
    if pages is None:
        return []
    found = ratio(pages[names.LAST_CURSOR], pages[names.SECOND_CURSOR])
    return [
        Verdict(
            f"Page {names.FAR_PAGE:,} by cursor: requests per second against page 2",
            f"flat: at least {names.FLAT:.2f} times",
            f"{found.text()} times",
            found.median >= names.FLAT,
        )
    ]
