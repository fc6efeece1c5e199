"""AGENTS.md tells assistants the rules, and tells the truth."""

import re
from typing import TYPE_CHECKING, Final

import pytest

from django_strict.rules.model import catalogue
from tests.helpers.rendering import render

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.project import Project

POINTERS: Final = ("CLAUDE.md",)
# Each takes a while, and test_startapp.py runs them on the same project with three apps.
RUN_ELSEWHERE: Final = {"uv run poe check", "uv run poe test"}
POINT: Final = re.compile(r"^   - \*\*(.+?)\*\*: ", re.MULTILINE)
BLOCK: Final = re.compile(r"```bash\n(.*?)```", re.DOTALL)


def test_the_rules_have_one_source(rendered: "Path") -> None:
    """The file leads to the list that the package prints; a copy would lie one day."""
    text = (rendered / "AGENTS.md").read_text("utf-8")
    assert "`uv run poe rules`" in text
    assert "`uv run poe rule ID`" in text
    assert not [rule for rule in catalogue() if f"{rule}:" in text]
    assert len(text.splitlines()) < 110


@pytest.mark.parametrize("name", POINTERS)
def test_every_tool_is_led_to_the_one_file(rendered: "Path", name: str) -> None:
    """What tools read points there and repeats nothing."""
    text = (rendered / name).read_text("utf-8")
    assert "AGENTS.md" in text
    assert len(text) < 600
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert ((rendered / name).parent / target).resolve() == rendered / "AGENTS.md"


def test_answers_are_given_in_the_chosen_language(
    rendered: "Path", clone: "Path", tmp_path: "Path"
) -> None:
    """Russian with the specification's titles by default, or another language."""
    text = (rendered / "AGENTS.md").read_text("utf-8")
    assert "## Цепочка мыслей`, in Russian" in text
    assert "## ⚠️ РЕКОМЕНДУЕМЫЕ ИЗМЕНЕНИЯ" in text
    assert POINT.findall(text) == [
        "Анализ",
        "Операции файловой системы",
        "Архитектурные решения",
    ]
    other = render(clone, {"agent_language": "German"}, tmp_path / "project")
    text = (other / "AGENTS.md").read_text("utf-8")
    assert "## Chain of thought`, in German" in text
    assert len(POINT.findall(text)) == 3
    assert not re.search(r"[\u0400-\u04ff]", text)


def test_the_stack_is_pinned_as_it_is_built(rendered: "Path") -> None:
    """An assistant reads the versions of the images, and that a user may change them."""
    text = (rendered / "AGENTS.md").read_text("utf-8")
    built = (rendered / "docker-compose.yml").read_text("utf-8")
    built += (rendered / "Dockerfile").read_text("utf-8")
    for name, image in (
        ("Python", "python"),
        ("PostgreSQL", "postgres"),
        ("Redis", "redis"),
    ):
        pins = set(re.findall(rf"\b{image}:(\d+\.\d+(?:\.\d+)?)", built))
        assert set(re.findall(rf"{name}\s+(\d[\d.]*\d)", text)) == pins
    assert "unless the user overrides it explicitly" in text


def test_every_command_works(runnable: "Project") -> None:
    """What AGENTS.md tells an assistant to run can be run."""
    text = (runnable.folder / "AGENTS.md").read_text("utf-8")
    commands = "".join(BLOCK.findall(text)).splitlines()
    assert len(commands) >= 6
    assert set(commands) >= RUN_ELSEWHERE
    for command in commands:
        if command not in RUN_ELSEWHERE:
            runnable.run(*command.split())
    assert runnable.changes() == ""
