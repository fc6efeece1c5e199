"""Comparing TOML tables with what they must hold, and finding the line to blame."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPECTED: Final = Path(__file__).parents[1] / "expected"


def expected(name: str) -> dict[str, Any]:
    """Read what a file must hold.

    Args:
        name: Name of a file in ``expected/``.

    Returns:
        Its content.
    """
    return tomllib.loads((EXPECTED / name).read_text("utf-8"))


def expected_lines(name: str) -> list[str]:
    """Read the lines that a file must have.

    Args:
        name: Name of a file in ``expected/``.

    Returns:
        Its lines, without empty ones.
    """
    return (EXPECTED / name).read_text("utf-8").split()


class Table:
    """A TOML file and its text.

    Attributes:
        path: Relative to the project.
        text: Its source.
        data: Its content.
        problem: Why it cannot be read, None when it can.
    """

    def __init__(self, root: Path, path: str) -> None:
        """Read the file.

        Args:
            root: Folder of the project.
            path: Relative to the project.
        """
        file = root / path
        self.path = path
        self.text = file.read_text("utf-8") if file.is_file() else ""
        self.problem: str | None = None
        self.data: dict[str, Any] = {}
        try:
            self.data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            self.problem = str(error)

    def table(self, *names: str) -> dict[str, Any]:
        """Look a table up.

        Args:
            *names: Names that lead to it.

        Returns:
            The table, empty when it is missing.
        """
        value: object = self.data
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}

    def items(self, *names: str) -> list[Any]:
        """Look a list up.

        Args:
            *names: Names that lead to it.

        Returns:
            The list, empty when it is missing.
        """
        value = self.table(*names[:-1]).get(names[-1])
        return value if isinstance(value, list) else []

    def line_of(self, *names: str) -> int:
        """Find the line of a value, or of the nearest table around it.

        Args:
            *names: Names of tables, and of the value.

        Returns:
            A line number, 1 when nothing is found.
        """
        lines = self.text.splitlines()
        for depth in range(len(names), -1, -1):
            header = f"[{'.'.join(names[:depth])}]"
            if header in lines or f"[{header}]" in lines:
                start = lines.index(header if header in lines else f"[{header}]")
                return start + 1 + self._offset(lines[start + 1 :], names[depth:])
        return 1

    def finding(self, rule: str, message: str, *names: str) -> Finding:
        """Report a value.

        Args:
            rule: Id of the rule.
            message: What is wrong.
            *names: Names of tables, and of the value.

        Returns:
            The finding.
        """
        return Finding(self.path, self.line_of(*names), 1, rule, message)

    @staticmethod
    def _offset(lines: list[str], names: tuple[str, ...]) -> int:
        """Find a key among the lines of its table.

        Args:
            lines: What follows the table's header.
            names: What is left of the key; only its head is looked for.

        Returns:
            The number of lines below the header, 0 when there is none.
        """
        if not names:
            return 0
        key = re.compile(rf'"?{re.escape(names[0])}"?\s*[.=]')
        for number, line in enumerate(lines, 1):
            if line.startswith("["):
                return 0
            if key.match(line):
                return number
        return 0


def differences(
    actual: object, wanted: object, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Compare a table to the letter.

    Args:
        actual: What is there.
        wanted: What must be there.
        path: Names that lead here.

    Yields:
        Names that lead to a difference, and a sentence about it.
    """
    if not isinstance(wanted, dict):
        if actual != wanted:
            yield path, _sentence(path[-1], actual, wanted)
        return
    table = actual if isinstance(actual, dict) else {}
    for name in wanted:
        if name not in table:
            yield (*path, name), f"`{name}` is missing"
        else:
            yield from differences(table[name], wanted[name], (*path, name))
    for name in table.keys() - wanted.keys():
        yield (*path, name), f"`{name}` is not in the specification's block"


def shortfalls(
    actual: object, wanted: object, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Find what a table lacks; more than what is wanted is welcome.

    Args:
        actual: What is there.
        wanted: What must be there at least.
        path: Names that lead here.

    Yields:
        Names that lead to a gap, and a sentence about it.
    """
    if isinstance(wanted, dict):
        table = actual if isinstance(actual, dict) else {}
        for name in wanted:
            yield from shortfalls(table.get(name), wanted[name], (*path, name))
    elif isinstance(wanted, list):
        present = actual if isinstance(actual, list) else []
        for item in wanted:
            if item not in present:
                yield path, f"`{path[-1]}` lacks {item!r}"
    elif actual != wanted:
        yield path, _sentence(path[-1], actual, wanted)


def _sentence(name: str, actual: object, wanted: object) -> str:
    """Say how two values differ.

    Args:
        name: Name of the value.
        actual: What is there.
        wanted: What must be there.

    Returns:
        A short sentence; of lists only what differs.
    """
    if isinstance(actual, list) and isinstance(wanted, list):
        missing = [item for item in wanted if item not in actual]
        surplus = [item for item in actual if item not in wanted]
        parts = [f"lacks {missing}"] if missing else []
        parts += [f"must not hold {surplus}"] if surplus else []
        return f"`{name}` {' and '.join(parts) or 'is in another order'}"
    return f"`{name}` is {actual!r} and must be {wanted!r}"
