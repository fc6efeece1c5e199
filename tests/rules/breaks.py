"""What a proof is: one small edit of a project that breaks one rule."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import pytest

from django_strict.rules import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from _pytest.mark.structures import ParameterSet


# What marks unfinished work, by other names: these files hold no such comment themselves.
LATER: Final = "TODO"
REPAIR: Final = "FIXME"
DOUBT: Final = "XXX"
# What judges a project that has no such tables of its own.
TOOLS: Final = files.FOLDER / "tools.toml"


@dataclass(frozen=True, slots=True)
class Break:
    """One edit.

    Attributes:
        rule: Id of the rule that it breaks.
        shape: What is particular about it, in a few words.
        path: File, relative to the project.
        old: Text that is replaced; empty for a file that is new or written again.
        new: Text that takes its place; None deletes the file.
    """

    rule: str
    shape: str
    path: str
    old: str
    new: str | None

    def __str__(self) -> str:
        """Name the edit in a test's id.

        Returns:
            Rule and shape.
        """
        return f"{self.rule}-{self.shape}".replace(" ", "-")

    def applied(self, source: str) -> str:
        """Edit the text of a file.

        Args:
            source: Its text.

        Raises:
            LookupError: If there is nothing to replace: the test would test nothing.

        Returns:
            The new text.
        """
        if not self.old:
            return self.new or ""
        if self.old not in source:
            message = f"{self.path} no longer holds {self.old!r}"
            raise LookupError(message)
        return source.replace(self.old, self.new or "", 1)


class Edited:
    """A project with one edit, until the block ends.

    Attributes:
        folder: The project.
        change: The edit.
    """

    def __init__(self, folder: "Path", change: Break) -> None:
        """Remember what to do.

        Args:
            folder: The project.
            change: The edit.
        """
        self.folder = folder
        self.change = change
        self._path = folder / change.path
        self._before: str | None = None
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        """Apply the edit.

        Returns:
            This object.
        """
        missing = [self._path, *self._path.parents]
        self._made = [path for path in missing if not path.exists()]
        if self._path.is_file():
            self._before = self._path.read_text("utf-8")
        if self.change.new is None and not self.change.old:
            self._path.unlink()
            return self
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self.change.applied(self._before or ""), "utf-8")
        return self

    def add_import(self, statement: str) -> None:
        """Import a name below the module's docstring.

        Args:
            statement: The import.
        """
        head, quotes, tail = self._path.read_text("utf-8").partition('"""\n')
        self._path.write_text(f"{head}{quotes}{statement}\n{tail}", "utf-8")

    def __exit__(self, *details: object) -> None:
        """Undo the edit.

        Args:
            *details: What ended the block, if it was an error.
        """
        if self._before is not None:
            self._path.write_text(self._before, "utf-8")
            return
        for path in self._made:
            if path.is_dir():
                # What was imported from there left compiled files.
                shutil.rmtree(path)
            else:
                path.unlink()


@contextmanager
def written(folder: "Path", files: "Mapping[str, str | None]") -> Iterator[None]:
    """Write files, and put back what was there.

    Args:
        folder: The project.
        files: Their content by path; None deletes one.

    Yields:
        Nothing.
    """
    before = {path: text_of(folder, path) for path in files}
    try:
        put(folder, files)
        yield
    finally:
        put(folder, before)


def text_of(folder: "Path", path: str) -> str | None:
    """Read a file, None when there is none."""
    file = folder / path
    return file.read_bytes().decode() if file.is_file() else None


def put(folder: "Path", files: "Mapping[str, str | None]") -> None:
    """Write or delete files."""
    for path, text in files.items():
        file = folder / path
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())


def new(rule: str, shape: str, path: str, text: str) -> Break:
    """Write a file.

    Args:
        rule: Id of the rule that it breaks.
        shape: What is particular about it.
        path: The file.
        text: Its content.

    Returns:
        The edit.
    """
    return Break(rule, shape, path, "", text.lstrip("\n"))


def edit(rule: str, shape: str, path: str, old: str, text: str) -> Break:
    """Replace a piece of a file.

    Args:
        rule: Id of the rule that it breaks.
        shape: What is particular about it.
        path: The file.
        old: The piece.
        text: What takes its place.

    Returns:
        The edit.
    """
    return Break(rule, shape, path, old, text)


def own_table(shape: str, old: str, text: str, rule: str = "DS049") -> Break:
    """Give a project tables of its own, which differ from those of the package.

    Args:
        shape: What is particular about it.
        old: A piece of the tables.
        text: What takes its place.
        rule: Id of the rule that it breaks.

    Raises:
        LookupError: If there is nothing to replace.

    Returns:
        The edit.
    """
    tables = TOOLS.read_text("utf-8")
    if old not in tables:
        raise LookupError(old)
    place = "[tool.django-stubs]"
    changed = f"{tables.replace(old, text)}\n{place}"
    return Break(rule, shape, "pyproject.toml", place, changed)


def gone(rule: str, shape: str, path: str) -> Break:
    """Delete a file.

    Args:
        rule: Id of the rule that it breaks.
        shape: What is particular about it.
        path: The file.

    Returns:
        The edit.
    """
    return Break(rule, shape, path, "", None)


def proofs(changes: "Iterable[Break]", *before: object) -> "list[ParameterSet]":
    """Make a test's parameters of edits; each one is a proof of its rule.

    Args:
        changes: The edits.
        *before: Parameters that stand before each of them.

    Returns:
        One set of parameters for each edit.
    """
    return [
        pytest.param(
            *before, change, id=str(change), marks=pytest.mark.proves(change.rule)
        )
        for change in changes
    ]
