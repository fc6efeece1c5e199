"""Workers, connections and threads fit together, whatever the container may use."""

import os
from typing import TYPE_CHECKING

import pytest

from config import capacity
from config.environment import EnvironmentInvalidError, load
from tests.environments import install, with_value

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: "Path", files: dict[str, str]) -> "Path":
    """Write what the kernel would show."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="ascii")
    return folder


OLD = ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000"}, 8),
        ({"cpu.max": "200000 100000"}, 2),
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "20000 100000"}, 1),
        ({"cpu.max": "6400000 100000"}, 8),
        (dict(zip(OLD, ("-1", "100000"), strict=True)), 8),
        (dict(zip(OLD, ("300000", "100000"), strict=True)), 3),
    ],
)
def test_processors_are_those_of_the_container(
    files: dict[str, str],
    expected: int,
    tmp_path: "Path",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A quota counts, rounded up, if it is less than what is there."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert capacity.processors(write(tmp_path, files)) == expected


@pytest.mark.parametrize(
    ("workers", "max_connections", "expected"),
    [(5, 100, 8), (17, 100, 5), (33, 100, 2), (33, 1000, 8), (99, 100, 1)],
)
def test_connections_are_shared_out(
    workers: int, max_connections: int, expected: int
) -> None:
    """All workers together leave some to others, and each has one at least."""
    size = capacity.default_pool_size(workers=workers, max_connections=max_connections)
    assert size == expected


def test_pool_follows_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """More workers get smaller pools; a variable overrules that."""
    install(monkeypatch, with_value(WEB_CONCURRENCY=30))
    assert load().workers == 30  # noqa: PLR2004 - as set
    assert load().database.pool_max_size == 3  # noqa: PLR2004 - 90 shared by 30
    install(monkeypatch, with_value(WEB_CONCURRENCY=2, DATABASE_POOL_MAX_SIZE=40))
    assert load().database.pool_max_size == 40  # noqa: PLR2004 - as set


def test_more_connections_than_there_are_stop_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sentence tells the numbers and all ways out."""
    install(monkeypatch, with_value(WEB_CONCURRENCY=10, DATABASE_POOL_MAX_SIZE=10))
    with pytest.raises(EnvironmentInvalidError) as caught:
        load()
    (problem,) = caught.value.problems
    assert problem.startswith("DATABASE_MAX_CONNECTIONS ")
    for word in ("90", "100", "DATABASE_POOL_MAX_SIZE", "WEB_CONCURRENCY"):
        assert word in problem
