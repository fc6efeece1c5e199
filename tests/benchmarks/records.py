"""A record with round numbers."""

from benchmarks.record import (
    ASGI,
    BARE,
    CONTESTANTS,
    KEPT,
    KINDS,
    PROJECT,
    THREADS,
    Apps,
    Counts,
    Machine,
    Measurements,
    Memory,
    Record,
    Service,
)

# Requests per second, the same for all kinds of request.
RATES = {PROJECT: 200.0, BARE: 210.0, ASGI: 100.0, THREADS: 160.0, KEPT: 250.0}
MEMORY = Memory(rss=80.0, pss=50.0)


def record() -> Record:
    """Make a record of two rounds, the second on a machine half as fast.

    Returns:
        The record.
    """
    return Record(
        date="2026-11-23 20:00 UTC",
        revision="abc1234",
        seconds=2,
        rounds=2,
        users=10_000,
        took=600.0,
        machine=Machine(2, "A processor", "Linux 6.1", {"Django": "6.1"}),
        cells={
            name: {
                kind: cell(RATES[name])
                for kind in KINDS
                if name != BARE or kind == "health"
            }
            for name in CONTESTANTS
        },
        services={name: Service([1.0, 1.2, 1.1], MEMORY) for name in CONTESTANTS},
        counts={"list": Counts(3.0, 1.0)},
        profiles={
            PROJECT: {"django": 0.75, "redis": 0.25},
            KEPT: {"django": 1.0},
        },
        commands={"copier copy": [2.0, 3.0, 4.0], "uv run poe test": [25.0]},
        lists={"100000": pages()},
        routes={"1": [200.0, 100.0], "200": [180.0, 90.0]},
        apps={"30": Apps(40.0, 50.0, [1.5, 1.7, 1.6], MEMORY)},
    )


def cell(rate: float) -> Measurements:
    """Make a cell of two rounds.

    Args:
        rate: Requests per second in the first.

    Returns:
        The cell.
    """
    return Measurements(
        rates=[rate, rate / 2],
        p50s=[10.0, 20.0],
        p99s=[30.0, 40.0],
        cpus=[1.0, 2.0],
        databases=[0.5, 0.5],
    )


def pages() -> dict[str, list[float]]:
    """Make the rates of pages: by number the last costs ten times the first.

    Returns:
        Requests per second, round by round, by page.
    """
    return {
        "first page": [100.0, 50.0],
        "last page": [10.0, 5.0],
        "first page, by cursor": [250.0, 125.0],
        "second page, by cursor": [200.0, 100.0],
        "last page, by cursor": [190.0, 95.0],
    }
