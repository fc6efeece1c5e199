"""Keep the table of `docs/updates.md` in step with what the updates really did."""

import os
import re
import tomllib
from typing import TYPE_CHECKING, Final

from tests.helpers.repository import ROOT
from tests.update.living import EDITS
from tests.update.versions import PRESENT

if TYPE_CHECKING:
    from tests.update.living import Edit
    from tests.update.updating import Outcome
    from tests.update.versions import Versions

PAGE: Final = ROOT / "docs" / "updates.md"
BLOCK: Final = re.compile(
    r"(?<=<!-- table: written by the tests -->\n).*(?=<!-- table: end -->)", re.DOTALL
)
EARLY: Final = "before the first release"
# Set to write the table instead of comparing it.
WRITE: Final = "WRITE_TABLE"


def label(tag: str, versions: "Versions") -> str:
    """Call a version what readers of the page call it.

    Args:
        tag: Its tag in the tests' repository.
        versions: All versions.

    Returns:
        Its number; one name for all commits before the first release.
    """
    if tag == PRESENT:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        return str(project["version"])
    return tag.removeprefix("v") if tag in versions.released else EARLY


def cell(change: "Edit", outcomes: "list[Outcome]") -> str:
    """Say what became of a change.

    Args:
        change: The change.
        outcomes: Updates of projects in which it was made.

    Returns:
        A word for the table; versions without such a file lose nothing.
    """
    made = [outcome for outcome in outcomes if change.stands(outcome.before)]
    kept = all(change.stands(outcome.after) for outcome in made)
    return "kept" if kept else "**lost**"


def table(
    versions: "Versions", hops: "dict[str, Outcome]", jumps: "dict[str, Outcome]"
) -> str:
    """Write the table.

    Args:
        versions: All versions.
        hops: Updates from version to version.
        jumps: Updates to the newest at once.

    Returns:
        Markdown: a line for each version, a column for each change.
    """
    rows: dict[str, list[Outcome]] = {}
    for tag in versions.tags[: versions.tags.index(PRESENT) + 1]:
        rows.setdefault(label(tag, versions), []).extend(
            outcomes[tag] for outcomes in (hops, jumps) if tag in outcomes
        )
    titles = [change.title for change in EDITS]
    lines = [["Updated from", *titles], ["---"] * (len(titles) + 1)]
    lines += [
        [name, *(cell(change, outcomes) for change in EDITS)]
        for name, outcomes in rows.items()
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def test_every_change_of_a_user_stands_after_every_update(
    hops: "dict[str, Outcome]", jumps: "dict[str, Outcome]"
) -> None:
    """Each change that was made is still there."""
    lost = {
        (tag, change.title)
        for outcomes in (hops, jumps)
        for tag, outcome in outcomes.items()
        for change in EDITS
        if change.stands(outcome.before) and not change.stands(outcome.after)
    }
    assert lost == set()


def test_every_change_is_made_in_the_present_version(
    jumps: "dict[str, Outcome]",
) -> None:
    """No edit has become an empty gesture because the template moved on."""
    present = jumps[PRESENT]
    unmade = {change.title for change in EDITS if not change.stands(present.before)}
    assert unmade == set()
    assert not any(change.stands(present.old) for change in EDITS)


def test_the_table_of_updates_is_current(
    versions: "Versions", hops: "dict[str, Outcome]", jumps: "dict[str, Outcome]"
) -> None:
    """The page shows this run; `uv run poe update-table` writes it again."""
    written = table(versions, hops, jumps)
    text = PAGE.read_text("utf-8")
    if WRITE in os.environ:
        PAGE.write_text(BLOCK.sub(lambda _: written, text), "utf-8")
    found = BLOCK.search(PAGE.read_text("utf-8"))
    assert found is not None
    assert found[0] == written
