"""The project's files: read once, shared by all checks, and blamed by line."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pathspec import GitIgnoreSpec

from django_strict.rules.model import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parent
PYPROJECT: Final = "pyproject.toml"
CORE: Final = "core"
# What a project may choose in [tool.strict], and the setting that it is about.
CHOICES: Final[dict[str, str]] = {
    "page-size": "PAGE_SIZE",
    "throttle-rates": "DEFAULT_THROTTLE_RATES",
    "ruff-ignores": "",
    "mypy-overrides": "",
    "coverage-omit": "",
    "coverage-exclude": "",
}
CONTRACT: Final = "contract"
CHOICE_KEYS: Final = ("value", "reason", "until")
LONGEST_DAYS: Final = 366
# What no commit holds, where git is not there to say so.
FOLDERS_LEFT_OUT: Final = {".git", ".venv", "venv", "node_modules", "__pycache__"}
# Written by machines, or no text: read by no rule about texts.
GENERATED: Final = {"uv.lock", "openapi.yaml", "LICENSE"}
LARGEST_TEXT: Final = 400_000
SHEBANG: Final = re.compile(r"#!.*\b(?:ba|da|a|k|z)?sh\b")


@functools.cache
def fixed(name: str) -> dict[str, Any]:
    """Read what a project must hold.

    Args:
        name: ``specification``, values given to the letter, ``strictness``, which a
            project may exceed, or ``tools``, which it may have in pyproject.toml as well.

    Returns:
        Its tables.
    """
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One entry of ``[tool.strict]``: where a project differs on purpose.

    Attributes:
        name: Its key.
        value: What the project has instead.
        reason: Why.
        until: The last day on which it holds; None for ever.
        problem: What is wrong with its form, empty when nothing is.
    """

    name: str
    value: Any
    reason: str
    until: date | None
    problem: str

    def items(self) -> list[Any]:
        """List what is chosen one by one; of a table, pairs of key and item."""
        if isinstance(self.value, dict) and not CHOICES.get(self.name):
            return [(key, item) for key, items in self.value.items() for item in items]
        is_list = isinstance(self.value, list)
        return list(self.value) if is_list else [self.value]


class Project:
    """A project's folder.

    Attributes:
        root: The folder.
        today: The day that decides about expiry.
        used: Chosen items that a check accepted, by entry.
    """

    def __init__(self, root: Path, today: date | None = None) -> None:
        """Remember the folder; files are read when a check asks for them.

        Args:
            root: The folder.
            today: The day that decides about expiry; by default this one.
        """
        self.root = root
        self.today = today or datetime.now(UTC).date()
        self.used: dict[Choice, list[Any]] = {}

    @functools.cache  # noqa: B019 - a project lives as long as the run that judges it
    def lines(self, path: str) -> list[str]:
        """Read a file.

        Args:
            path: The file, relative to the project.

        Returns:
            Its lines, none when it is missing. What cannot be decoded is replaced.
        """
        file = self.root / path
        if not file.is_file():
            return []
        return file.read_text("utf-8", errors="replace").splitlines()

    @functools.cache  # noqa: B019
    def toml(self, path: str) -> Table:
        """Read a TOML file.

        Args:
            path: The file, relative to the project.

        Returns:
            Its tables; empty ones when it is missing or malformed.
        """
        return Table(path, self.lines(path))

    @functools.cached_property
    def files(self) -> list[str]:
        """Every file that git keeps or would keep, relative to the project."""
        if (self.root / ".git").exists():
            command = ("git", "ls-files", "-z", "--cached", "--others")
            listed = subprocess.run(
                (*command, "--exclude-standard"),
                cwd=self.root,
                capture_output=True,
                check=False,
                text=True,
                env={"PATH": os.environ.get("PATH", "")},
            )
            kept = set(listed.stdout.split("\0")) - {""}
            return sorted(name for name in kept if (self.root / name).is_file())
        ignored = GitIgnoreSpec.from_lines(self.lines(".gitignore"))
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [one for one in folders if one not in FOLDERS_LEFT_OUT]
            within = Path(folder).relative_to(self.root).as_posix()
            prefix = "" if within == "." else f"{within}/"
            found += [f"{prefix}{one}" for one in names]
        return sorted(name for name in found if not ignored.match_file(name))

    @functools.cached_property
    def texts(self) -> list[str]:
        """Those of them that people write and that are no Python."""
        return [
            name
            for name in self.files
            if not name.endswith(".py")
            and name not in GENERATED
            and self._is_text(self.root / name)
        ]

    @functools.cached_property
    def scripts(self) -> list[str]:
        """The scripts of shells, by their name or their first line."""
        return [
            name
            for name in self.texts
            if name.endswith((".sh", ".bash"))
            or SHEBANG.match("".join(self.lines(name)[:1]))
        ]

    @staticmethod
    def _is_text(file: Path) -> bool:
        """Tell whether a file is of a size that people read, and holds no zero bytes."""
        if file.stat().st_size >= LARGEST_TEXT:
            return False
        with file.open("rb") as opened:
            return b"\0" not in opened.read(2000)

    @functools.cached_property
    def apps(self) -> list[str]:
        """Every folder below ``apps/`` that holds Python, the core left out."""
        return sorted(
            path.name
            for path in (self.root / "apps").glob("*")
            if path.is_dir()
            and path.name not in {CORE, "__pycache__"}
            and any(path.rglob("*.py"))
        )

    @functools.cached_property
    def choices(self) -> list[Choice]:
        """The entries of ``[tool.strict]``, malformed ones too."""
        entries = self.toml(PYPROJECT).table("tool", "strict").items()
        return [
            self._choice(name, one if isinstance(one, dict) else {})
            for name, entry in entries
            # Says what `test-contract` cannot know; that command judges its form.
            if name != CONTRACT
            for one in (entry if isinstance(entry, list) else [entry])
        ]

    def _choice(self, name: str, table: dict[str, Any]) -> Choice:
        """Read one entry of ``[tool.strict]``."""
        value, reason, until = (table.get(key) for key in CHOICE_KEYS)
        day = until if type(until) is date else None
        problem = ""
        if name not in CHOICES:
            problem = f"there is no choice `{name}`, only {', '.join(CHOICES)}"
        elif surplus := table.keys() - set(CHOICE_KEYS):
            problem = f"`{name}` has no key {', '.join(sorted(surplus))}"
        elif not isinstance(reason, str) or not reason.strip():
            problem = f"`{name}` lacks a reason"
        elif until and not day:
            problem = f"`{name}.until` is no day such as 2027-06-30"
        elif not self._fits(name, value):
            problem = f"`{name}` has no value, or one of another form"
        return Choice(name, value, str(reason), day, problem)

    @staticmethod
    def _fits(name: str, value: object) -> bool:
        """Tell whether a value has the form of its choice."""
        if name == "page-size":
            return type(value) is int
        if name == "throttle-rates":
            return isinstance(value, dict)
        if name == "ruff-ignores":
            return isinstance(value, dict) and all(
                isinstance(codes, list) for codes in value.values()
            )
        return isinstance(value, list)

    def accepts(self, name: str, item: object) -> bool:
        """Ask whether the project chose something, and remember that it was needed.

        Args:
            name: A key of ``CHOICES``.
            item: The value; of a list one item; of a table a pair of key and item.

        Returns:
            True when an entry in force holds it.
        """
        accepted = False
        for choice in self.choices:
            if choice.name != name or choice.problem or item not in choice.items():
                continue
            self.used.setdefault(choice, []).append(item)
            accepted |= choice.until is None or choice.until >= self.today
        return accepted

    def at(self, path: str, message: str, line: int = 1, column: int = 1) -> Problem:
        """Report a place in a file.

        Args:
            path: The file, relative to the project.
            message: What is wrong.
            line: The line, from 1 on.
            column: The column, from 1 on.

        Returns:
            The problem.
        """
        return Problem(path, line, column, message)


class Table:
    """A TOML file.

    Attributes:
        path: Relative to the project.
        data: Its content.
        problem: Why it cannot be read, empty when it can.
    """

    def __init__(self, path: str, lines: list[str]) -> None:
        """Read the file.

        Args:
            path: Relative to the project.
            lines: Its text.
        """
        self.path = path
        self.problem = ""
        self.data: dict[str, Any] = {}
        self._lines = lines
        try:
            self.data = tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as error:
            self.problem = str(error)

    def table(self, *names: str) -> dict[str, Any]:
        """Look a table up, empty when it is missing."""
        value: object = self.data
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}

    def items(self, *names: str) -> list[Any]:
        """Look a list up, empty when it is missing."""
        value = self.table(*names[:-1]).get(names[-1])
        return value if isinstance(value, list) else []

    def at(self, names: tuple[str, ...], message: str) -> Problem:
        """Report a value.

        Args:
            names: Names of tables, and of the value.
            message: What is wrong.

        Returns:
            The problem, at the line of the value or of the nearest table around it.
        """
        return Problem(self.path, self._line_of(names), 1, message)

    def _line_of(self, names: tuple[str, ...]) -> int:
        """Find the line of a value, 1 when nothing is found."""
        for depth in range(len(names), -1, -1):
            header = f"[{'.'.join(names[:depth])}]"
            if header in self._lines or f"[{header}]" in self._lines:
                line = header if header in self._lines else f"[{header}]"
                start = self._lines.index(line)
                return start + 1 + self._offset(start + 1, names[depth:])
        return 1

    def _offset(self, start: int, names: tuple[str, ...]) -> int:
        """Count the lines from a table's header to a key, 0 when it is not there."""
        key = re.compile(rf'"?{re.escape(names[0])}"?\s*[.=]') if names else None
        for number, line in enumerate(self._lines[start:], 1):
            if line.startswith("[") or not key:
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
    """Say how two values differ; of lists only what differs."""
    if isinstance(actual, list) and isinstance(wanted, list):
        missing = [item for item in wanted if item not in actual]
        surplus = [item for item in actual if item not in wanted]
        parts = [f"lacks {missing}"] if missing else []
        parts += [f"must not hold {surplus}"] if surplus else []
        return f"`{name}` {' and '.join(parts) or 'is in another order'}"
    return f"`{name}` is {actual!r} and must be {wanted!r}"
