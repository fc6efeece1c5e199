"""The last commit is what clients know; what is meant to break must be said."""

import shutil
from typing import TYPE_CHECKING, Final

from tests.helpers.repository import git
from tests.openapi.documents import DOCUMENT, GONE, LIST, WITHOUT_POST, patched

if TYPE_CHECKING:
    from pathlib import Path

    from tests.openapi.history import History

CHANGE: Final = f"POST {LIST} is gone"
MEANT: Final = f"- `{CHANGE}`: nobody orders any more"


def test_an_unchanged_document_is_green(history: "History") -> None:
    """The command says with what it compared."""
    status, output = history.compare()
    assert (status, output) == (
        0,
        "Nothing breaks clients of HEAD that is not meant to.\n",
    )


def test_a_breaking_change_is_red_with_all_ways_out(history: "History") -> None:
    """The message holds the very line that would acknowledge it."""
    history.write(WITHOUT_POST)
    status, output = history.compare()
    assert status == 1
    assert f"\n  - `{CHANGE}`: WHY" in output
    for way in (
        "/api/v2/",
        "VERSION in config/openapi.py",
        "docs/api-changes.md",
        "below 1.0.0",
    ):
        assert way in output


def test_an_acknowledged_change_is_green(history: "History") -> None:
    """A line with a reason is enough."""
    history.write(WITHOUT_POST)
    history.decide(MEANT)
    assert history.compare()[0] == 0


def test_a_line_acknowledges_the_change_it_names_alone(history: "History") -> None:
    """All others stay red."""
    history.write(patched({"LIST get responses": {"429": GONE}}, WITHOUT_POST))
    history.decide(MEANT)
    status, output = history.compare()
    assert status == 1
    assert CHANGE not in output
    assert "answer 429 is gone" in output


def test_an_old_line_acknowledges_nothing_new(history: "History") -> None:
    """What came back may not go again unseen; a second line is needed."""
    history.write(WITHOUT_POST)
    history.decide(MEANT)
    history.commit(WITHOUT_POST)
    history.commit(DOCUMENT)
    history.write(WITHOUT_POST)
    assert history.compare()[0] == 1
    history.decide(MEANT, MEANT)
    assert history.compare()[0] == 0


def test_a_major_version_may_break_clients(history: "History") -> None:
    """The number of the API says it, for all changes at once."""
    history.write(patched({"info": {"version": "2.0.0"}}, WITHOUT_POST))
    assert history.compare() == (
        0,
        "A new major version; 1 changes break clients of the old.\n",
    )


def test_an_api_that_is_not_released_may_change(history: "History") -> None:
    """Each change is told, none refused; leaving 1.x by a lower number is no way out."""
    history.commit(patched({"info": {"version": "0.3.0"}}))
    history.write(patched({"info": {"version": "0.4.0"}}, WITHOUT_POST))
    status, output = history.compare()
    assert (status, f"\n  {CHANGE}\n" in output) == (0, True)
    history.commit(DOCUMENT)
    history.write(patched({"info": {"version": "0.4.0"}}, WITHOUT_POST))
    assert history.compare()[0] == 1


def test_a_project_without_a_commit_or_git_is_green(
    history: "History", tmp_path: "Path"
) -> None:
    """Nobody can rely yet on what was never committed."""
    shutil.rmtree(history.folder / ".git")
    ceiling = {"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    status, output = history.compare(**ceiling)
    assert (status, "nothing to compare" in output) == (0, True)
    history.git("init", "--quiet")
    assert history.compare(**ceiling)[0] == 0
    empty = tmp_path / "empty"
    empty.mkdir()
    assert history.compare(PATH=str(empty))[0] == 0


def test_a_project_from_before_the_document_is_green(history: "History") -> None:
    """An update brings the file; clients know none yet."""
    history.git("rm", "--quiet", "--cached", "openapi.yaml")
    history.git("commit", "--quiet", "--message=Before")
    assert history.compare()[0] == 0


def test_a_project_in_a_folder_of_a_repository_is_compared(
    history: "History", tmp_path: "Path"
) -> None:
    """A repository may hold more than the project."""
    shutil.rmtree(history.folder / ".git")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=All")
    history.write(WITHOUT_POST)
    assert CHANGE in history.compare()[1]
