"""Hold ``copier.yml`` to its promises: short, no trust needed, nothing unchecked."""

import io
import re
import time
import zoneinfo
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import copier
import pytest
from copier import Settings
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output

from tests.helpers.repository import ROOT, configuration, questions

if TYPE_CHECKING:
    from pathlib import Path

    from prompt_toolkit.input import PipeInput

DEFAULT_PATH = [
    "project_name",
    "project_slug",
    "project_description",
    "user_name",
    "user_email",
    "domain",
    "time_zone",
    "advanced",
]


ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")
REFUSAL: Final = "Validation error for question "
LONGEST_KEY: Final = 2  # what is shorter echoes the keyboard
BACKSPACE: Final = "\x7f"
PATIENCE: Final = 20.0  # seconds


class Terminal:
    """A person who answers Copier's prompts, and what stands on the screen."""

    def __init__(self, columns: int) -> None:
        """Take a screen.

        Args:
            columns: Its width.
        """
        self._screen = io.StringIO()
        size = Size(rows=40, columns=columns)
        self.output = Vt100_Output(self._screen, lambda: size, term="xterm")

    def lines(self) -> list[str]:
        """List what was shown.

        Returns:
            The lines in the order in which they were drawn.
        """
        shown = ESCAPES.sub("\n", self._screen.getvalue()).splitlines()
        return [line.strip() for line in shown if line.strip()]

    def answer(self, keyboard: "PipeInput") -> None:
        """Spoil each default, read why it is refused, take the default; yes to advanced.

        Args:
            keyboard: Where to type.
        """
        for name, question in questions().items():
            self._wait(question["help"][:40], since=0)
            if "validator" in question:
                number = isinstance(question["default"], int) or "type" in question
                spoilt = "99" if number else "$"
                seen = len(self._screen.getvalue())
                keyboard.send_text(f"{spoilt}\r")
                self._wait(f"{REFUSAL}'{name}'", since=seen)
                keyboard.send_text(BACKSPACE * len(spoilt))
            keyboard.send_text("y" if name == "advanced" else "\r")

    def _wait(self, text: str, since: int) -> None:
        """Wait until the screen shows a text.

        Args:
            text: The text, or its beginning.
            since: How much of what was drawn is older.

        Raises:
            TimeoutError: If it is not shown in time.
        """
        deadline = time.monotonic() + PATIENCE
        while text not in self._screen.getvalue()[since:]:
            if time.monotonic() > deadline:
                message = f"Copier never showed {text!r}, but {self.lines()[-9:]}"
                raise TimeoutError(message)
            time.sleep(0.01)


def shown_at(columns: int, clone: "Path", target: "Path") -> set[str]:
    """Answer all prompts on a terminal.

    Args:
        columns: Its width.
        clone: The template.
        target: Where to put the project.

    Returns:
        The lines that it showed.
    """
    terminal = Terminal(columns)
    with (
        create_pipe_input() as keyboard,
        create_app_session(input=keyboard, output=terminal.output),
        ThreadPoolExecutor(1) as person,
    ):
        answered = person.submit(terminal.answer, keyboard)
        copier.run_copy(str(clone), target, settings=Settings(), quiet=True)
        answered.result()
    return set(terminal.lines())


def copy_pressing_enter(clone: "Path", target: "Path", times: int) -> None:
    """Answer Copier's prompts with the return key.

    Args:
        clone: The template.
        target: Where to put the project.
        times: How often to press it; another prompt finds the input closed.
    """
    with (
        create_pipe_input() as keyboard,
        create_app_session(input=keyboard, output=DummyOutput()),
    ):
        keyboard.send_text("\r" * times)
        keyboard.close()
        copier.run_copy(str(clone), target, settings=Settings(), quiet=True)


def test_the_default_path_asks_eight_questions(clone: "Path", tmp_path: "Path") -> None:
    """Eight returns make a project."""
    copy_pressing_enter(clone, tmp_path / "project", times=8)
    assert (tmp_path / "project" / "manage.py").is_file()


def test_the_default_path_asks_no_fewer_than_eight(
    clone: "Path", tmp_path: "Path"
) -> None:
    """Seven returns do not, so the test above counts what it claims to count."""
    with pytest.raises((EOFError, copier.errors.InteractiveSessionError)):
        copy_pressing_enter(clone, tmp_path / "project", times=7)


def test_eighty_columns_show_every_prompt_and_every_refusal_in_full(
    clone: "Path", tmp_path: "Path"
) -> None:
    """Nothing is cut or broken that a wide terminal shows on one line."""
    wide = shown_at(200, clone, tmp_path / "wide")
    sentences = {line for line in wide if len(line) > LONGEST_KEY}
    refused = [
        name for name, question in questions().items() if "validator" in question
    ]
    assert sum(line.startswith(REFUSAL) for line in sentences) == len(refused)
    assert sentences <= shown_at(80, clone, tmp_path / "narrow")


def test_the_first_eight_questions_come_in_a_fixed_order() -> None:
    """Name, description, author, place, and whether to ask on."""
    assert list(questions())[:8] == DEFAULT_PATH


def test_everything_else_is_asked_on_demand() -> None:
    """Every later question depends on the eighth answer."""
    later = list(questions().values())[8:]
    assert {question.get("ask") for question in later} == {"{{ advanced }}"}


def test_nothing_needs_trust() -> None:
    """Tasks, migrations and extensions would make a plain copy fail."""
    settings = {name for name in configuration() if name.startswith("_")}
    assert not settings & {"_tasks", "_migrations", "_jinja_extensions"}


def test_copier_yml_stays_under_150_lines() -> None:
    """A person reads the questions from top to bottom."""
    assert len((ROOT / "copier.yml").read_text().splitlines()) < 150


@pytest.mark.parametrize("name", questions())
def test_a_question_has_help(name: str) -> None:
    """Nobody has to guess what a name means."""
    assert questions()[name]["help"]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, question in questions().items()
        if "choices" not in question and not isinstance(question["default"], bool)
    ],
)
def test_a_free_answer_is_checked(name: str) -> None:
    """What is typed freely meets a rule of its own."""
    assert f"({name}" in questions()[name]["validator"]


def test_a_closing_message_names_the_next_command() -> None:
    """The last line a new user reads is the one to run."""
    assert "uv run poe serve" in configuration()["_message_after_copy"]
    assert "uv run poe check" in configuration()["_message_after_update"]


def test_no_answer_is_a_secret() -> None:
    """Secrets come from the environment, never from the answers file."""
    assert not [name for name in questions() if re.search("secret|password|key", name)]


def test_the_listed_time_zones_exist() -> None:
    """Every accepted name can be loaded."""
    listed = set((ROOT / "questions" / "time-zones.txt").read_text().split())
    assert len(listed) > 400
    assert listed <= zoneinfo.available_timezones()
