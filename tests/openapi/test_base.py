"""Changes are those since clients were last promised something."""

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.helpers.repository import git
from tests.helpers.workflows import PROJECT, workflow
from tests.openapi.documents import DOCUMENT, LIST, MORE, WITHOUT_POST, patched
from tests.openapi.history import History

if TYPE_CHECKING:
    from pathlib import Path


CHANGE: Final = f"POST {LIST} is gone"
GATE: Final = "uv run poe check"
ZEROS: Final = "0" * 40
# The one form of expression that the workflow needs.
EITHER: Final = re.compile(
    r"\$\{\{ (?P<first>\S+) \|\| (?P<known>\S+) == '(?P<value>[^']+)' && (?P<then>\S+) "
    r"\|\| '(?P<otherwise>[^']+)' \}\}"
)


def evaluated(expression: str, **known: str) -> str:
    """Evaluate an expression of a workflow.

    Args:
        expression: The expression.
        **known: What is known of the event; underscores stand for dots.

    Returns:
        Its value.
    """
    match = EITHER.fullmatch(expression)
    assert match, expression
    values = {f"github.{name.replace('__', '.')}": each for name, each in known.items()}
    if first := values.get(match["first"]):
        return first
    if values[match["known"]] == match["value"]:
        return values[match["then"]]
    return match["otherwise"]


def checked_out(history: History, folder: "Path") -> tuple[History, str]:
    """Clone a project as the gate of CI does.

    Args:
        history: The project.
        folder: Where to put the clone.

    Returns:
        The clone, and the expression that names the base.
    """
    steps: list[Any] = workflow(PROJECT / "ci.yml")["jobs"]["gate"]["steps"]
    depth = next(step["with"]["fetch-depth"] for step in steps if "uses" in step)
    (variables,) = (step["env"] for step in steps if step.get("run") == GATE)
    # GitHub's action means all of the history by 0.
    options = [f"--depth={depth}"] * bool(depth)
    source = history.folder.as_uri()
    git(folder.parent, "clone", "--quiet", *options, source, str(folder))
    return History(folder), variables["API_BASE"]


def test_the_option_goes_before_the_environment_and_that_before_the_last_commit(
    history: History,
) -> None:
    """And CI's variable before the one that pre-commit sets."""
    history.commit(WITHOUT_POST)
    assert history.compare()[0] == 0
    assert history.compare(PRE_COMMIT_FROM_REF="HEAD^")[0] == 1
    assert history.compare(API_BASE="HEAD^")[0] == 1
    assert history.compare(API_BASE="HEAD", PRE_COMMIT_FROM_REF="HEAD^")[0] == 0
    assert history.compare("--base", "HEAD^")[0] == 1
    assert history.compare("--base", "HEAD^", API_BASE="HEAD")[0] == 1
    assert history.compare("--base", "HEAD", API_BASE="HEAD^")[0] == 0


def test_an_empty_variable_names_nothing(history: History) -> None:
    """A workflow sets one where an event knows no commit."""
    history.commit(WITHOUT_POST)
    assert history.compare(API_BASE="", PRE_COMMIT_FROM_REF="")[0] == 0


@pytest.mark.parametrize("zeros", [ZEROS, "0" * 64])
@pytest.mark.parametrize("name", ["API_BASE", "PRE_COMMIT_FROM_REF"])
def test_zeros_mean_the_commit_before_the_last(
    history: History, name: str, zeros: str
) -> None:
    """Git and GitHub name so what was there before a branch that is new."""
    history.commit(WITHOUT_POST)
    status, output = history.compare(**{name: zeros})
    assert status == 1
    assert "written for HEAD^" in output
    assert CHANGE in output


def test_the_first_commit_has_nothing_to_be_compared_with(history: History) -> None:
    """Neither by itself nor in CI."""
    for base in ("HEAD^", ZEROS):
        status, output = history.compare(API_BASE=base)
        assert (status, "nothing to compare" in output) == (0, True)


@pytest.mark.parametrize("name", ["mian", "1" * 40, "--help"])
def test_an_unknown_base_is_red(history: History, name: str) -> None:
    """A misspelt name must not let everything pass."""
    status, output = history.compare(f"--base={name}")
    assert status == 1
    assert f"There is no commit {name}" in output


def test_what_others_added_since_is_not_taken_away(history: History) -> None:
    """A branch is compared with the commit where it left the other."""
    history.git("switch", "--create", "mine")
    history.git("switch", "main")
    history.commit(patched(MORE))
    history.git("switch", "mine")
    assert history.compare("--base", "main")[0] == 0
    history.write(WITHOUT_POST)
    status, output = history.compare("--base", "main")
    assert (status, CHANGE in output) == (1, True)


def test_what_the_branch_took_away_is_found_whatever_others_did(
    history: History,
) -> None:
    """Even if they took the same away since."""
    history.git("switch", "--create", "mine")
    history.commit(WITHOUT_POST)
    history.git("switch", "main")
    history.commit(patched(MORE, WITHOUT_POST))
    history.git("switch", "mine")
    assert history.compare("--base", "main")[0] == 1


def test_a_base_with_another_origin_is_compared_itself(history: History) -> None:
    """No commit comes before both."""
    history.git("checkout", "--orphan", "other")
    history.commit(WITHOUT_POST)
    status, output = history.compare("--base", "main")
    assert (status, CHANGE in output) == (1, True)


def test_the_merge_of_a_pull_request_is_compared_with_its_target(
    history: History,
) -> None:
    """HEAD^ is the target's side, whatever was committed in the branch."""
    history.git("switch", "--create", "mine")
    history.commit(WITHOUT_POST)
    history.commit(WITHOUT_POST)
    history.git("switch", "main")
    history.git("merge", "--no-ff", "--message=Merge", "mine")
    status, output = history.compare(API_BASE="HEAD^")
    assert (status, CHANGE in output) == (1, True)


def test_a_shallow_clone_says_how_to_get_the_base(
    history: History, tmp_path: "Path"
) -> None:
    """As a checkout of CI is, unless it is told otherwise."""
    history.commit(WITHOUT_POST)
    shallow = tmp_path / "shallow"
    source = history.folder.as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", source, str(shallow))
    status, output = History(shallow).compare(API_BASE="HEAD^")
    assert status == 1
    assert "shallow and holds no commit HEAD^" in output
    assert "fetch-depth" in output
    git(shallow, "fetch", "--quiet", "--depth=2")
    assert CHANGE in History(shallow).compare(API_BASE="HEAD^")[1]


def test_a_shallow_clone_without_the_commit_in_common_says_so(
    history: History, tmp_path: "Path"
) -> None:
    """The base is there, and what others added to it would look taken away."""
    history.git("switch", "--create", "mine")
    history.commit(WITHOUT_POST)
    history.git("switch", "main")
    history.commit(patched(MORE))
    shallow = tmp_path / "shallow"
    options = ("--quiet", "--depth=1", "--no-single-branch", "--branch=mine")
    git(tmp_path, "clone", *options, history.folder.as_uri(), str(shallow))
    status, output = History(shallow).compare("--base", "origin/main")
    assert status == 1
    assert "shallow and holds no commit that origin/main and HEAD share" in output
    git(shallow, "fetch", "--quiet", "--unshallow")
    assert CHANGE in History(shallow).compare("--base", "origin/main")[1]


def test_ci_compares_with_what_was_there_before_the_push(
    history: History, tmp_path: "Path"
) -> None:
    """Not with its last commit but one: the first may be the one that breaks."""
    before = history.git("rev-parse", "HEAD").strip()
    history.commit(WITHOUT_POST)
    history.commit(patched(MORE, WITHOUT_POST))
    clone, expression = checked_out(history, tmp_path / "checkout")
    base = evaluated(expression, event_name="push", event__before=before)
    status, output = clone.compare(API_BASE=base)
    assert (status, CHANGE in output) == (1, True)


def test_ci_compares_a_new_branch_with_the_commit_before(
    history: History, tmp_path: "Path"
) -> None:
    """GitHub names zeros."""
    history.commit(WITHOUT_POST)
    clone, expression = checked_out(history, tmp_path / "checkout")
    base = evaluated(expression, event_name="push", event__before=ZEROS)
    assert clone.compare(API_BASE=base)[0] == 1


def test_ci_compares_a_merge_queue_with_its_base(
    history: History, tmp_path: "Path"
) -> None:
    """What stands in the queue before it is in the base, too."""
    base = history.git("rev-parse", "HEAD").strip()
    history.commit(WITHOUT_POST)
    history.commit(patched(MORE, WITHOUT_POST))
    clone, expression = checked_out(history, tmp_path / "checkout")
    known = {"event_name": "merge_group", "event__merge_group__base_sha": base}
    status, output = clone.compare(API_BASE=evaluated(expression, **known))
    assert (status, CHANGE in output) == (1, True)


def test_ci_compares_a_pull_request_with_its_target(
    history: History, tmp_path: "Path"
) -> None:
    """What others added to the target is in the merge, too."""
    history.git("switch", "--create", "mine")
    history.commit(WITHOUT_POST)
    history.commit(WITHOUT_POST)
    history.git("switch", "main")
    history.commit(patched({"info": {"title": "Shop 2"}}))
    history.git("merge", "--no-ff", "--message=Merge", "mine")
    clone, expression = checked_out(history, tmp_path / "checkout")
    base = evaluated(expression, event_name="pull_request", event__before="")
    status, output = clone.compare(API_BASE=base)
    assert (status, CHANGE in output) == (1, True)
    history.git("reset", "--quiet", "--hard", "HEAD^")
    history.commit(DOCUMENT)
    clone, _ = checked_out(history, tmp_path / "harmless")
    assert clone.compare(API_BASE=base)[0] == 0
