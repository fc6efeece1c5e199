"""Section 5: uv, ruff and pytest configuration."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.directives import requirements
from django_strict.rules.files import PYPROJECT, differences, fixed, shortfalls
from django_strict.rules.model import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project, Table
    from django_strict.rules.model import Problem
    from django_strict.rules.module import Module

STRICT: Final = "ruff.strict.toml"
# `uv add` writes a lower bound, or an exact version when it is told to.
WRITTEN_BY_UV: Final = re.compile(
    r"[A-Za-z0-9._-]+(\[[A-Za-z0-9,._-]+\])?(>=|==|~=)\d[^;]*(;.*)?|.+ @ .+"
)
RUFF_ESCAPES: Final = ("select", "extend-exclude", "exclude", "extend-ignore")
MYPY_ESCAPES: Final = ("ignore_errors", "disable_error_code", "follow_imports")
MYPY_SWITCHES: Final = ("strict", "disallow_untyped_defs", "warn_return_any")
# What coverage may leave out, where it says so, and how a project chooses more.
UNCOVERED: Final = {
    "omit": (("tool", "coverage", "run", "omit"), "coverage-omit"),
    "exclude_also": (
        ("tool", "coverage", "report", "exclude_also"),
        "coverage-exclude",
    ),
}


@rule(
    "DS045",
    title="Dependencies are written by `uv add`.",
    why="uv records a lower bound and the lock file; a line typed by hand has neither.",
    fix="Delete the line and run `uv add NAME` (or `uv add --dev NAME`).",
    enforced_by=("uv The lockfile",),
    where="pyproject.toml",
    bad='dependencies = ["django"]',
    good='dependencies = ["django>=6.1.3"]',
)
def dependencies_are_written_by_uv(project: Project) -> Iterator[Problem]:
    """Find entries without a version bound."""
    table = project.toml(PYPROJECT)
    for path, entries in requirements(table).items():
        for entry in entries:
            if not WRITTEN_BY_UV.fullmatch(entry):
                message = f"`{entry}` has no version bound as uv writes it"
                yield table.at(path, message)


def _block(project: Project, *path: str) -> Iterator[Problem]:
    """Compare a table of ``pyproject.toml`` with the specification's."""
    table = project.toml(PYPROJECT)
    wanted: Any = fixed("specification")
    for name in path:
        wanted = wanted[name]
    for names, message in differences(table.table(*path), wanted, path):
        yield table.at(names, message)


@rule(
    "DS046",
    title="The ruff block of pyproject.toml is the specification's, to the letter.",
    why="A gate that can be loosened quietly is no gate.",
    fix="Restore the value that the message names; what is stricter goes into ruff.strict.toml.",
    where="pyproject.toml",
    bad="""
[tool.ruff]
line-length = 120
""",
    good="""
[tool.ruff]
line-length = 88
""",
)
def the_ruff_block_is_unchanged(project: Project) -> Iterator[Problem]:
    """A file that is no valid TOML is a breach too: nothing can be read from it."""
    if problem := project.toml(PYPROJECT).problem:
        yield project.at(PYPROJECT, f"the file is no valid TOML: {problem}")
        return
    yield from _block(project, "tool", "ruff")


@rule(
    "DS047",
    title="ruff.strict.toml keeps its families and ignores nothing more.",
    why="Types, docstrings, prints and much else are enforced by this file alone.",
    fix="Restore the entry that the message names; `[tool.strict.ruff-ignores]` in pyproject.toml chooses an exception, with a reason and a day.",
    where="ruff.strict.toml",
    bad="""
[lint]
extend-select = []
""",
    good="""
[lint]
extend-select = ["ANN", "D", "T20"]
""",
)
def the_strict_file_is_as_strict(project: Project) -> Iterator[Problem]:
    """Compare ``ruff.strict.toml`` with the least that it must demand."""
    table = project.toml(STRICT)
    if table.problem:
        yield project.at(STRICT, f"the file is no valid TOML: {table.problem}")
        return
    if table.data.get("extend") != PYPROJECT:
        yield table.at(("extend",), f"`extend` must be {PYPROJECT!r}")
    wanted = fixed("strictness")["strict"]["lint"]
    for names, message in shortfalls(table.table("lint"), wanted, ("lint",)):
        yield table.at(names, message)
    for name in RUFF_ESCAPES:
        for path in ((), ("lint",)):
            if name in table.table(*path):
                yield table.at((*path, name), f"`{name}` narrows what is checked")
    yield from _ignored(project, table)


def _ignored(project: Project, table: Table) -> Iterator[Problem]:
    """Find codes that are ignored beyond what is agreed or chosen."""
    ignored: dict[str, list[str]] = {"": table.items("lint", "ignore")}
    for key in ("per-file-ignores", "extend-per-file-ignores"):
        ignored |= table.table("lint", key)
    for pattern, listed in ignored.items():
        agreed: list[str] = next(
            (
                codes
                for known, codes in fixed("strictness")["ignores"].items()
                if fnmatchcase(pattern, known)
            ),
            [],
        )
        surplus = [
            code
            for code in sorted(set(listed) - set(agreed))
            if "*" not in agreed
            and not project.accepts("ruff-ignores", (pattern, code))
        ]
        if surplus:
            names = ("per-file-ignores", pattern) if pattern else ("ignore",)
            message = f"`{pattern or 'ignore'}` leaves out {', '.join(surplus)}"
            yield table.at(("lint", *names), message)


@rule(
    "DS048",
    title="The pytest block of pyproject.toml is the specification's, to the letter.",
    why="It holds the coverage floor of 80 % and makes misspelt markers errors.",
    fix="Restore the value that the message names.",
    where="pyproject.toml",
    bad='addopts = ["--cov-fail-under=10"]',
    good='addopts = ["--cov-fail-under=80"]',
)
def the_pytest_block_is_unchanged(project: Project) -> Iterator[Problem]:
    """Compare it to the letter."""
    yield from _block(project, "tool", "pytest", "ini_options")


tools = rule(
    "DS049",
    title="mypy, pydoclint, import-linter and coverage stay as strict as they were.",
    why="Each enforces rules that nothing else enforces.",
    fix="Restore the value that the message names; `[tool.strict]` in pyproject.toml chooses an exception, with a reason and a day.",
    where="pyproject.toml",
    bad="""
[tool.mypy]
strict = false
""",
    good="""
[tool.mypy]
strict = true
""",
)


@tools
def other_tools_are_as_strict(project: Project) -> Iterator[Problem]:
    """Judge mypy, pydoclint, import-linter and coverage."""
    table = project.toml(PYPROJECT)
    wanted = fixed("strictness")
    for names, message in shortfalls(table.table("tool"), wanted["tool"], ("tool",)):
        yield table.at(names, message)
    contracts = table.items("tool", "importlinter", "contracts")
    titles = [contract.get("name") for contract in contracts]
    for title in wanted["contracts"]:
        if title not in titles:
            message = f"the import contract {title!r} is missing"
            yield table.at(("tool", "importlinter"), message)
    for key, (path, choice) in UNCOVERED.items():
        surplus = [
            item
            for item in table.items(*path)
            if item not in wanted["coverage"][key] and not project.accepts(choice, item)
        ]
        if surplus:
            yield table.at(path, f"coverage leaves out {surplus}")


@tools
def mypy_hides_nothing(project: Project) -> Iterator[Problem]:
    """Find settings that switch parts of mypy off, for modules nobody agreed on."""
    table = project.toml(PYPROJECT)
    mypy = table.table("tool", "mypy")
    for section in (mypy, *mypy.get("overrides", [])):
        names = [f"`{name}`" for name in MYPY_ESCAPES if section.get(name)]
        names += [f"`{n} = false`" for n in MYPY_SWITCHES if section.get(n) is False]
        modules = section.get("module", [])
        chosen = [
            project.accepts("mypy-overrides", one)
            for one in ([modules] if isinstance(modules, str) else modules)
            if names
        ]
        if names and not (chosen and all(chosen)):
            message = f"{', '.join(names)} hides type errors"
            yield table.at(("tool", "mypy", names[0].strip("`").split()[0]), message)


@tools
def no_check_is_silenced(module: Module) -> Iterator[Problem]:
    """Find Django's system checks that are switched off."""
    for node in module.nodes if module.parts[0] == "config" else ():
        if isinstance(node, ast.Name) and node.id == "SILENCED_SYSTEM_CHECKS":
            yield module.at(node, f"`{node.id}` switches checks off")


rule(
    "DS050",
    title="The code passes every ruff family of the specification.",
    why="They find bugs, unsafe calls and needless complexity.",
    fix="Run `uv run poe fix`; fix by hand what is left.",
    enforced_by=(
        "ruff F",
        "ruff E",
        "ruff W",
        "ruff I",
        "ruff N",
        "ruff UP",
        "ruff B",
        "ruff S",
        "ruff A",
        "ruff C4",
        "ruff T10",
        "ruff SIM",
        "ruff TC",
        "ruff ARG",
        "ruff PTH",
        "ruff ERA",
        "ruff PLC",
        "ruff PLE",
        "ruff PLR",
        "ruff PLW",
        "ruff RUF",
        "ruff DJ",
        "ruff PERF",
        "ruff FBT",
    ),
    where="apps/orders/services.py",
    bad="import sys",
    good="""
import sys

PLATFORM = sys.platform
""",
)
rule(
    "DS051",
    title="The code is formatted by ruff.",
    why="Nobody discusses layout, and differences show changes alone.",
    fix="Run `uv run poe fix`.",
    enforced_by=("ruff-format unformatted:",),
    where="apps/orders/services.py",
    bad="TOTAL=1",
    good="TOTAL = 1",
)
