"""The gate's own configuration: nothing may loosen it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.repository.tables import (
    Table,
    differences,
    expected,
    shortfalls,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django_strict.rules.model import Finding

PROJECT: Final = "pyproject.toml"
STRICT: Final = "ruff.strict.toml"
# `uv add` writes a lower bound, or an exact version when it is told to.
WRITTEN_BY_UV: Final = re.compile(
    r"[A-Za-z0-9._-]+(\[[A-Za-z0-9,._-]+\])?(>=|==|~=)\d[^;]*(;.*)?|.+ @ .+"
)
NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
PYTHON: Final = "3.12"
MYPY_ESCAPES: Final = ("ignore_errors", "disable_error_code", "follow_imports")
RUFF_ESCAPES: Final = ("select", "extend-exclude", "exclude", "extend-ignore")


def check_project(root: Path) -> Iterator[Finding]:
    """Judge ``pyproject.toml``.

    Args:
        root: Folder of the project.

    Yields:
        DS007, DS045, DS046, DS048 and DS049.
    """
    table = Table(root, PROJECT)
    if table.problem:
        yield table.finding("DS046", f"the file is no valid TOML: {table.problem}")
        return
    yield from _dependencies(table)
    yield from _stack(table)
    yield from _blocks(table)
    yield from _tools(table)


def check_strict(root: Path) -> Iterator[Finding]:
    """Judge ``ruff.strict.toml``.

    Args:
        root: Folder of the project.

    Yields:
        DS047.
    """
    table = Table(root, STRICT)
    if table.problem:
        yield table.finding("DS047", f"the file is no valid TOML: {table.problem}")
        return
    if table.data.get("extend") != PROJECT:
        yield table.finding("DS047", f"`extend` must be {PROJECT!r}", "extend")
    wanted = expected("gate.toml")["strict"]["lint"]
    for names, message in shortfalls(table.table("lint"), wanted, ("lint",)):
        yield table.finding("DS047", message, *names)
    for name in RUFF_ESCAPES:
        for path in ((), ("lint",)):
            if name in table.table(*path):
                message = f"`{name}` narrows what is checked"
                yield table.finding("DS047", message, *path, name)
    yield from _ignores(table)


def _ignores(table: Table) -> Iterator[Finding]:
    """Find codes that the strict file ignores beyond what is agreed.

    Args:
        table: ``ruff.strict.toml``.

    Yields:
        DS047.
    """
    allowed = expected("gate.toml")["ignores"]
    ignored: dict[str, list[str]] = {"": table.items("lint", "ignore")}
    for key in ("per-file-ignores", "extend-per-file-ignores"):
        ignored |= table.table("lint", key)
    for pattern, listed in ignored.items():
        agreed: list[str] = next(
            (codes for known, codes in allowed.items() if fnmatchcase(pattern, known)),
            [],
        )
        surplus = sorted(set(listed) - set(agreed))
        if surplus and "*" not in agreed:
            names = ("per-file-ignores", pattern) if pattern else ("ignore",)
            message = f"`{pattern or 'ignore'}` leaves out {', '.join(surplus)}"
            yield table.finding("DS047", message, "lint", *names)


def _blocks(table: Table) -> Iterator[Finding]:
    """Compare the blocks that the specification gives to the letter.

    Args:
        table: ``pyproject.toml``.

    Yields:
        DS046 and DS048.
    """
    ruff = expected("ruff-block.toml")["tool"]["ruff"]
    pytest = expected("pytest-block.toml")["tool"]["pytest"]["ini_options"]
    for rule, wanted, path in (
        ("DS046", ruff, ("tool", "ruff")),
        ("DS048", pytest, ("tool", "pytest", "ini_options")),
    ):
        for names, message in differences(table.table(*path), wanted, path):
            yield table.finding(rule, message, *names)


def _groups(table: Table) -> dict[tuple[str, str], list[str]]:
    """List the dependencies of a project.

    Args:
        table: ``pyproject.toml``.

    Returns:
        What is required, by the names that lead to the list.
    """
    lists = {("project", "dependencies"): table.items("project", "dependencies")}
    for group, entries in table.table("dependency-groups").items():
        lists["dependency-groups", group] = entries
    return {
        path: [entry for entry in entries if isinstance(entry, str)]
        for path, entries in lists.items()
    }


def _dependencies(table: Table) -> Iterator[Finding]:
    """Find dependencies that uv did not write.

    Args:
        table: ``pyproject.toml``.

    Yields:
        DS045.
    """
    for path, entries in _groups(table).items():
        for entry in entries:
            if not WRITTEN_BY_UV.fullmatch(entry):
                message = f"`{entry}` has no version bound as uv writes it"
                yield table.finding("DS045", message, *path)


def _stack(table: Table) -> Iterator[Finding]:
    """Find packages of the stack that are gone.

    Args:
        table: ``pyproject.toml``.

    Yields:
        DS007.
    """
    present: dict[str, set[str]] = {"project": set(), "dependency-groups": set()}
    for path, entries in _groups(table).items():
        found = (NAME.match(entry) for entry in entries)
        present[path[0]] |= {name[0].lower() for name in found if name}
    for kind, wanted in expected("gate.toml")["stack"].items():
        head = "project" if kind == "dependencies" else "dependency-groups"
        for name in wanted:
            if name not in present[head]:
                message = f"`{name}` is not a dependency"
                yield table.finding("DS007", message, head, kind)
    requires = str(table.table("project").get("requires-python"))
    if PYTHON not in requires:
        message = f"requires-python is {requires} and must name {PYTHON}"
        yield table.finding("DS007", message, "project", "requires-python")


def _tools(table: Table) -> Iterator[Finding]:
    """Judge mypy, pydoclint, import-linter and coverage.

    Args:
        table: ``pyproject.toml``.

    Yields:
        DS049.
    """
    wanted = expected("gate.toml")
    tools = wanted["tool"]
    contracts = tools["importlinter"].pop("contracts")
    for names, message in shortfalls(table.table("tool"), tools, ("tool",)):
        yield table.finding("DS049", message, *names)
    present = table.items("tool", "importlinter", "contracts")
    titles = [contract.get("name") for contract in present]
    for title in contracts:
        if title not in titles:
            message = f"the import contract {title!r} is missing"
            yield table.finding("DS049", message, "tool", "importlinter")
    for key, allowed in wanted["coverage"].items():
        where = ("run", "omit") if key == "omit" else ("report", key)
        surplus = set(table.items("tool", "coverage", *where)) - set(allowed)
        if surplus:
            message = f"coverage leaves out {sorted(surplus)}"
            yield table.finding("DS049", message, "tool", "coverage", *where)
    yield from _mypy_escapes(table)


def _mypy_escapes(table: Table) -> Iterator[Finding]:
    """Find settings that switch parts of mypy off.

    Args:
        table: ``pyproject.toml``.

    Yields:
        DS049.
    """
    mypy = table.table("tool", "mypy")
    sections: list[dict[str, Any]] = [mypy, *mypy.get("overrides", [])]
    for section in sections:
        for name in MYPY_ESCAPES:
            if section.get(name):
                message = f"`{name}` hides type errors"
                yield table.finding("DS049", message, "tool", "mypy", name)
        for name in ("strict", "disallow_untyped_defs", "warn_return_any"):
            if section.get(name) is False:
                message = f"`{name} = false` hides type errors"
                yield table.finding("DS049", message, "tool", "mypy", name)
