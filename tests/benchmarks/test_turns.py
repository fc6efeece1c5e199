"""Nobody is always measured behind the same neighbour, or beside one at work."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from benchmarks import comparing
from benchmarks.growth.interleaved import interleaved
from benchmarks.load import Request, Result
from benchmarks.processes import Running
from benchmarks.record import Cell
from benchmarks.turns import in_turn

RESULT = Result(rate=100.0, p50=1.0, p99=2.0, requests=84)
IDLE = "idle"


class Server(Running):
    """A server that tells when somebody waited for it."""

    told: ClassVar[list[str]] = []

    def cpu_seconds(self) -> float:
        """Compute as much as the load generator was told.

        Returns:
            A second for each request that was sent.
        """
        return float(self.told.count("/users/"))

    def until_idle(self) -> None:
        """Tell that somebody waited."""
        self.told.append(IDLE)


def server() -> Running:
    """Make a server.

    Returns:
        One that does not run.
    """
    return Server(port=1, pid=1, cold_start=1.0, log=Path("log"))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what is asked, instead of asking.

    Args:
        monkeypatch: Puts the load generator's stand-in in place.

    Returns:
        Paths, and the waiting for idle servers.
    """
    Server.told.clear()

    def repeat(request: Request, port: int, seconds: int) -> Result:
        """Write down what was asked for."""
        Server.told.append(request.path)
        return RESULT

    monkeypatch.setattr("benchmarks.growth.interleaved.repeat", repeat)
    monkeypatch.setattr("benchmarks.comparing.repeat", repeat)
    return Server.told


def test_every_second_round_has_the_opposite_order() -> None:
    """Whoever came last comes first."""
    assert [in_turn("abc", number) for number in range(3)] == [
        ["a", "b", "c"],
        ["c", "b", "a"],
        ["a", "b", "c"],
    ]


def test_growth_is_measured_in_turn_beside_idle_servers(told: list[str]) -> None:
    """Behind a warm-up of each, and with a rest behind each measurement."""
    asked = {path: (Request(path), server()) for path in ("/a", "/b")}
    found = interleaved(asked, 1)
    rounds = ["/a", "/b", "/a", "/b", "/b", "/a", "/a", "/b"]
    assert told == [word for path in rounds for word in (path, IDLE)]
    assert found == {"/a": [100.0] * 3, "/b": [100.0] * 3}


def test_processor_time_is_shared_by_abandoned_requests(told: list[str]) -> None:
    """84 were answered; 16 clients had one more under way."""
    cell = Cell()
    behind: Any = SimpleNamespace(cpu_seconds=lambda: told.count("/users/") * 2.0)
    contestant: Any = SimpleNamespace(requests={"list": Request("/users/")})
    comparing._measure(contestant, server(), behind, "list", 1, cell)
    assert cell.cpus == [10.0]
    assert cell.behind == [20.0]


def test_contestants_take_turns_kind_by_kind(told: list[str]) -> None:
    """A kind that takes part in fewer rounds is left out of the others."""
    served: Any = [
        (
            SimpleNamespace(
                name=name,
                requests={kind: Request(f"/{kind}/{name}") for kind in ("me", "login")},
            ),
            server(),
        )
        for name in "ab"
    ]
    cells: Any = {name: {kind: Cell() for kind in ("me", "login")} for name in "ab"}
    behind: Any = SimpleNamespace(cpu_seconds=lambda: 0.0)
    for number in (0, 3):
        comparing._round(served, behind, number, 1, cells)
    asked = [word for word in told if word != IDLE]
    assert asked == ["/me/a", "/me/b", "/login/a", "/login/b", "/me/a", "/me/b"]
