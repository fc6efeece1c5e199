"""Contestants must do the same work."""

from email.message import Message
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import fairness
from benchmarks.asking import Answer
from benchmarks.fairness import HEADERS, UnfairError, check_project, compare, shape
from benchmarks.load import Request
from benchmarks.processes import Running

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = {"id": 1, "email": "a@example.com"}
PAGE = {"count": 10_001, "results": [{"id": 1, "email": "a@example.com"}] * 20}


def test_equal_answers_are_fair() -> None:
    """The same sizes may be compared."""
    found = shape(ACCOUNT, PAGE)
    compare({"template": found, "b": found})


@pytest.mark.parametrize(
    "other",
    [
        shape(ACCOUNT, {**PAGE, "count": 10_000}),
        shape(ACCOUNT, {"results": PAGE["results"]}),
        shape(ACCOUNT, {**PAGE, "results": [{"id": 1, "email": "x"}] * 19}),
        shape(ACCOUNT, {**PAGE, "results": [{"id": 1}] * 20}),
        shape({"id": 1}, PAGE),
    ],
    ids=["fewer rows", "no count", "shorter page", "fewer fields", "shorter account"],
)
def test_a_smaller_answer_is_unfair(other: dict[str, int]) -> None:
    """Whoever does less is not faster."""
    with pytest.raises(UnfairError, match="different amounts"):
        compare({"template": shape(ACCOUNT, PAGE), "b": other})


@pytest.fixture
def project(tmp_path: "Path", monkeypatch: pytest.MonkeyPatch) -> "Project":
    """Make a project that does all it should.

    Args:
        tmp_path: An empty folder, for its log.
        monkeypatch: Answers in its place.

    Returns:
        The project.
    """
    made = Project(tmp_path)
    monkeypatch.setattr(fairness, "ask", lambda *_: Answer(made.headers, PAGE))
    monkeypatch.setattr(fairness, "LOG_SECONDS", 0.0)
    return made


class Project:
    """A project that answers with headers and writes a log."""

    def __init__(self, folder: "Path") -> None:
        """Give it what production has.

        Args:
            folder: Takes the log.
        """
        self.running = Running(1, 1, 1.0, folder / "server.log")
        self.running.log.write_text('{"path": "/users/", "request_id": "abc"}\n')
        self.headers = Message()
        for name in HEADERS:
            self.headers[name] = "abc"

    def check(self) -> None:
        """Let the run look at it."""
        contestant: Any = SimpleNamespace(
            name="template", requests={"list": Request("/users/")}
        )
        check_project(contestant, self.running)


def test_a_project_with_all_that_production_has_is_measured(project: Project) -> None:
    """Headers and one access line with the id of the answer."""
    project.check()


@pytest.mark.parametrize("header", HEADERS)
def test_a_project_without_a_header_is_not_measured(
    project: Project, header: str
) -> None:
    """Its numbers would be those of another project."""
    del project.headers[header]
    with pytest.raises(UnfairError, match=f"answers without {header}"):
        project.check()


@pytest.mark.parametrize("lines", [0, 2])
def test_a_project_without_its_access_line_is_not_measured(
    project: Project, lines: int
) -> None:
    """One line for each request, no less and no more."""
    log = project.running.log
    log.write_text(log.read_text() * lines)
    with pytest.raises(UnfairError, match=f"wrote {lines} lines for a request"):
        project.check()
