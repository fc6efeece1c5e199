"""A breach in a file that is not Python is found however the file is written."""

import shutil
from typing import TYPE_CHECKING, Final

import pytest

from django_strict.rules.engine import findings
from django_strict.rules.files import Project
from django_strict.rules.model import catalogue
from tests.rules.breaks import Edited, text_of, written
from tests.rules.escapes import FILE_ESCAPES, ONE_SHAPE, VARIANT_ESCAPES
from tests.rules.hidden_file_breaks import FINE_FILES, HIDDEN_FILE_BREAKS
from tests.rules.repository_breaks import REPOSITORY_BREAKS
from tests.rules.text_variants import REWRITINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.rules.breaks import Break
    from tests.rules.file_variants import Files, Rewriting

BREAKS: Final = [*REPOSITORY_BREAKS, *HIDDEN_FILE_BREAKS]


def variants(change: "Break", folder: "Path") -> "Iterator[tuple[Rewriting, Files]]":
    """Write a broken file in every other way."""
    before = text_of(folder, change.path) or ""
    broken = change.applied(before)
    for one in REWRITINGS:
        if (files := one.apply(change.path, broken, before)) is not None:
            yield one, files


@pytest.fixture(scope="module")
def texts_only(files: "Path", tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Copy the project without most of its code, which takes long to walk through."""
    folder = tmp_path_factory.mktemp("texts") / "files"
    return shutil.copytree(files, folder, ignore=shutil.ignore_patterns("[!s]*.py"))


BY_RULE: Final = {
    rule: [one for one in BREAKS if one.rule == rule and one.new is not None]
    for rule in sorted({one.rule for one in BREAKS} - ONE_SHAPE.keys())
}


@pytest.mark.parametrize(
    "rule",
    [pytest.param(rule, marks=pytest.mark.proves(rule)) for rule in BY_RULE],
)
def test_the_same_breach_written_otherwise_is_found(
    rule: str, texts_only: "Path", record_property: "Callable[[str, object], None]"
) -> None:
    """Every breach of the rule is red in every other writing of its file."""
    missed = []
    shapes = set()
    for change in BY_RULE[rule]:
        for rewriting, texts in variants(change, texts_only):
            with written(texts_only, texts):
                found = list(catalogue()[rule].findings("Project", Project(texts_only)))
            shapes.add(f"as {rewriting.name}")
            if not found:
                missed.append((rule, change.shape, rewriting.name))
    assert shapes
    for shape in sorted(shapes):
        record_property("shape", shape)
    # A hole that was closed leaves the list.
    assert missed == [one for one in VARIANT_ESCAPES if one[0] == rule]


@pytest.mark.parametrize(
    "escape", [one for one, _ in FILE_ESCAPES], ids=lambda one: one.shape
)
def test_what_is_said_to_escape_does(escape: "Break", files: "Path") -> None:
    """A hole that was closed leaves the list."""
    with Edited(files, escape):
        assert escape.rule not in {
            one.rule for one in findings("Project", Project(files))
        }


@pytest.fixture(scope="module")
def right(files: "Path") -> "Files":
    """Return the files of the template with all edits that are close by and right."""
    texts: Files = {path: text_of(files, path) for path in Project(files).texts}
    for change in FINE_FILES:
        texts[change.path] = change.applied(texts.get(change.path) or "")
    return texts


@pytest.mark.parametrize("rewriting", REWRITINGS, ids=lambda one: one.name)
def test_what_is_right_stays_right_written_otherwise(
    rewriting: "Rewriting", files: "Path", right: "Files"
) -> None:
    """All files that can be written so are, and no rule is broken."""
    texts = dict(right)
    for path, text in right.items():
        # What was added, and where that says nothing, the whole file.
        for before in (text_of(files, path) or "", ""):
            if written_otherwise := rewriting.apply(path, text or "", before):
                texts |= written_otherwise
                break
    assert texts != right
    with written(files, texts):
        assert findings("Project", Project(files)) == []
