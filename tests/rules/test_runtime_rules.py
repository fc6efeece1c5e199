"""Break the rules that Django's system checks enforce."""

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.project import Project
from tests.rules.breaks import Edited, proofs, text_of, written
from tests.rules.checker import Checker
from tests.rules.runtime_breaks import IMPORTS, RUNTIME_BREAKS
from tests.rules.variants import inside_a_function

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rules.breaks import Break


@pytest.fixture(scope="module")
def checker(
    runnable: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Checker]:
    """Run what `poe check` runs in its step "deployment".

    Args:
        runnable: The project.
        tmp_path_factory: Where the output goes.

    Yields:
        The checker.
    """
    with Checker(runnable, tmp_path_factory.mktemp("checks") / "output.txt") as running:
        yield running


def test_a_fresh_project_passes(checker: Checker) -> None:
    """What the template renders is green."""
    assert "System check identified no issues (0 silenced)" in checker.run()


@pytest.mark.parametrize("change", proofs(RUNTIME_BREAKS))
def test_a_broken_rule_is_found(
    change: "Break", runnable: Project, checker: Checker
) -> None:
    """The edit breaks the rule, and the message tells its id and its fix."""
    with Edited(runnable.folder, change) as edited:
        for name, statement in IMPORTS.items():
            if name in (change.new or ""):
                edited.add_import(statement)
        output = checker.run()
    assert f"({change.rule})" in output, output
    assert "HINT:" in output


def test_manage_py_check_runs_the_rules_too(runnable: Project) -> None:
    """On a developer's machine they run where Django people look."""
    change = next(one for one in RUNTIME_BREAKS if one.rule == "DS059")
    with Edited(runnable.folder, change):
        output = runnable.run(
            "uv", "run", "poe", "check", "--only", "django", check=False
        )
    assert "(DS059)" in output


def as_it_is(path: str, text: str) -> dict[str, str]:
    """Leave a file as it is."""
    return {path: text}


def in_another_module(path: str, text: str) -> dict[str, str]:
    """Move all that a file says into another one, from which it takes all names."""
    folder, _, name = path.rpartition("/")
    other = f"moved_{name.partition('.')[0]}"
    lines = (
        f'"""Taken over."""\n\nfrom {folder.replace("/", ".")} import {other}\n\n'
        f"globals().update({{n: v for n, v in vars({other}).items() if n[:2] != '__'}})\n"
    )
    return {path: lines, f"{folder}/{other}.py": text}


def in_a_function(path: str, text: str) -> dict[str, str]:
    """Put all that a file says into a function, whose names it takes over."""
    tree = (inside_a_function(path, ast.parse(text)) or {})[path]
    source = ast.unparse(ast.fix_missing_locations(tree))
    return {path: f"{source}\nglobals().update(made())\n"}


WAYS: Final = (as_it_is, in_another_module, in_a_function)
# A rule names this file: nothing of it may lie elsewhere.
NAMED: Final = "apps/core/healthcheck.py"
SAID: Final = re.compile(r"\((DS\d{3})\) (.+)$", re.MULTILINE)


def broken_files(folder: "Path") -> dict[str, str]:
    """Break every rule at once.

    Args:
        folder: The project.

    Returns:
        The files by path.
    """
    texts: dict[str, str] = {}
    for change in RUNTIME_BREAKS:
        before = texts.get(change.path) or text_of(folder, change.path) or ""
        text = change.applied(before)
        for name, statement in IMPORTS.items():
            if name in (change.new or ""):
                head, quotes, tail = text.partition('"""\n')
                text = f"{head}{quotes}{statement}\n{tail}"
        texts[change.path] = text
    return texts


@pytest.fixture(scope="module")
def outputs(runnable: Project, checker: Checker) -> dict[str, set[tuple[str, str]]]:
    """Check all breaches at once, in every way to write their files.

    Args:
        runnable: The project.
        checker: What checks it.

    Returns:
        By the way: rules, and what is said of them.
    """
    found = {}
    for way in WAYS:
        files: dict[str, str] = {}
        for path, text in broken_files(runnable.folder).items():
            files |= way(path, text) if path.endswith(".py") else {path: text}
        with written(runnable.folder, files):
            output = checker.run()
        found[way.__name__] = set(SAID.findall(output))
    return found


@pytest.mark.parametrize(
    ("rule", "way"),
    [
        pytest.param(
            rule,
            way.__name__,
            id=f"{rule}-as-{way.__name__.replace('_', '-')}",
            marks=pytest.mark.proves(rule),
        )
        for rule in sorted({change.rule for change in RUNTIME_BREAKS})
        for way in WAYS[1:]
    ],
)
def test_the_same_breach_written_otherwise_is_found(
    rule: str, way: str, outputs: dict[str, set[tuple[str, str]]]
) -> None:
    """All that is said of the rule is said there, too."""
    plain = {text for one, text in outputs["as_it_is"] if one == rule}
    there = {text for one, text in outputs[way] if one == rule}
    assert plain
    assert plain <= there


@pytest.mark.parametrize("way", WAYS[1:], ids=lambda way: way.__name__)
def test_what_is_right_stays_right_written_otherwise(
    way: "Callable[[str, str], dict[str, str]]", runnable: Project, checker: Checker
) -> None:
    """The same files of the template break no rule, however they are written."""
    files: dict[str, str] = {}
    for path in broken_files(runnable.folder):
        text = text_of(runnable.folder, path)
        if text and path.endswith(".py") and path != NAMED:
            files |= way(path, text)
    with written(runnable.folder, files):
        assert "System check identified no issues (0 silenced)" in checker.run()
