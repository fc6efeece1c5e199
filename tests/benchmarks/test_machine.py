"""Which state of the repository a run belongs to."""

import pytest

from benchmarks import machine
from benchmarks.machine import revision


@pytest.mark.parametrize(
    ("status", "name"),
    [("", "abc1234"), ("?? docs/new.md\n", "abc1234 + changes")],
    ids=["clean", "one new file"],
)
def test_any_change_of_the_tree_is_named(
    status: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests and helpers take part in a run as much as the template does."""

    def git(folder: object, *arguments: str) -> str:
        """Answer as git would in a changed tree."""
        if arguments[0] == "status":
            # No path narrows it down.
            assert arguments == ("status", "--porcelain")
            return status
        return "abc1234\n"

    monkeypatch.setattr(machine, "git", git)
    assert revision() == name
