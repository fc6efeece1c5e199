"""Section 5: uv, ruff and pytest configuration."""

from __future__ import annotations

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
# Options of mypy that hide errors when they are on, and those that do when they are off.
HIDING: Final = re.compile(
    r"(allow_(?!redefinition)|ignore_(?!missing)|implicit_|disable_|skip_|follow_imports)\w*"
    r"|always_(true|false)|(packages|modules)"
)
DEMANDING: Final = re.compile(r"(strict|disallow_|warn_|check_|no_implicit|extra_)\w*")
OWN_CODE: Final = re.compile(r"(apps|config|tests|rules|conftest|manage)\b|\*")
# Tables of ruff.strict.toml that choose no rule.
NEUTRAL: Final = {
    *("extend-select", "ignore", "per-file-ignores", "extend-per-file-ignores"),
    *("extend-fixable", "extend-safe-fixes", "fixable", "unfixable", "external"),
    *("preview", "explicit-preview-rules", "isort", "flake8-pytest-style"),
    *("flake8-import-conventions", "flake8-quotes", "flake8-type-checking"),
}
NEUTRAL_TOP: Final = {"extend", "lint", "required-version", "cache-dir", "src"}
BANNED: Final = ("lint", "flake8-tidy-imports", "banned-api")
COVERAGE_ESCAPES: Final = {
    "run": ("include", "source", "source_pkgs", "source_dirs"),
    "report": (
        *("exclude_lines", "exclude", "partial_branches", "partial_also", "include"),
        *("omit", "ignore_errors"),
    ),
}
# What coverage may leave out, where it says so, and how a project chooses more.
SILENCED: Final = "SILENCED_SYSTEM_CHECKS"
FLOOR: Final = 80
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
    yield from _loosened(table)
    yield from _ignored(project, table)


def _loosened(table: Table) -> Iterator[Problem]:
    """Find settings that no file of the template has, and limits that were raised."""
    wanted = fixed("strictness")["strict"]
    for name in table.data.keys() - NEUTRAL_TOP - set(RUFF_ESCAPES):
        yield table.at((name,), f"`{name}` is not for this file to say")
    lint = table.table("lint")
    allowed = {**wanted["lint"], **wanted["allowed"]}
    for name in lint.keys() - NEUTRAL - allowed.keys() - set(RUFF_ESCAPES):
        yield table.at(("lint", name), f"`{name}` loosens what the rules find")
    for name, options in wanted["allowed"].items():
        for key, value in table.table("lint", name).items():
            known = options.get(key)
            is_same = value == known or (
                isinstance(value, int) and value < (known or 0)
            )
            if key != "banned-api" and not is_same:
                message = f"`{name}.{key}` is {value!r} and may be {known!r}"
                yield table.at(("lint", name, key), message)
    for name in wanted["banned"]:
        if name not in table.table(*BANNED):
            yield table.at(BANNED, f"`{name}` may be imported")


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
    # The package has both, which count where the project has none of its own.
    own = {
        tool: least
        for tool, least in wanted["tool"].items()
        if tool in table.table("tool") or tool not in fixed("tools")["tool"]
    }
    for names, message in shortfalls(table.table("tool"), own, ("tool",)):
        yield table.at(names, message)
    for key, (path, choice) in UNCOVERED.items():
        surplus = [
            item
            for item in table.items(*path)
            if item not in wanted["coverage"][key] and not project.accepts(choice, item)
        ]
        if surplus:
            yield table.at(path, f"coverage leaves out {surplus}")

    for section, keys in COVERAGE_ESCAPES.items():
        for key in keys:
            if key in table.table("tool", "coverage", section):
                names = ("tool", "coverage", section, key)
                yield table.at(names, f"`{key}` narrows what coverage counts")
    floor = table.table("tool", "coverage", "report").get("fail_under", FLOOR)
    if floor < FLOOR:
        names = ("tool", "coverage", "report", "fail_under")
        yield table.at(names, f"`fail_under` is {floor} and must be {FLOOR}")


@tools
def contracts_are_kept(project: Project) -> Iterator[Problem]:
    """Compare each import contract: it may name more, and ignore no more."""
    table = project.toml(PYPROJECT)
    names = ("tool", "importlinter")
    linter = table.table(*names)
    if not linter:
        return
    if "contract_types" in linter:
        yield table.at(
            (*names, "contract_types"), "`contract_types` replaces contracts"
        )
    present = {str(one.get("name")): one for one in linter.get("contracts") or []}
    for wanted in fixed("tools")["tool"]["importlinter"]["contracts"]:
        title = wanted["name"]
        if title not in present:
            yield table.at(names, f"the import contract {title!r} is missing")
            continue
        for key in sorted(wanted.keys() | present[title].keys()):
            if problem := _weaker(key, present[title].get(key), wanted.get(key)):
                yield table.at(names, f"the import contract {title!r}: {problem}")


def _weaker(key: str, actual: object, wanted: object) -> str:
    """Tell how a value of a contract demands less, empty when it does not."""
    if actual == wanted:
        return ""
    if isinstance(actual, list) and isinstance(wanted, list | None):
        known = wanted or []
        if key == "ignore_imports":
            surplus = [one for one in actual if one not in known]
            return f"`{key}` holds {surplus}" if surplus else ""
        kept = [one for one in actual if one in known]
        return "" if kept == known else f"`{key}` must hold {known} in this order"
    return f"`{key}` is {actual!r} and must be {wanted!r}"


@tools
def documents_are_checked(project: Project) -> Iterator[Problem]:
    """Compare what pydoclint leaves out."""
    table = project.toml(PYPROJECT)
    wanted = fixed("strictness")["pydoclint"]
    for key, value in table.table("tool", "pydoclint").items():
        is_choice = key.startswith(("skip", "exclude", "ignore", "baseline"))
        is_off = key.startswith(("check", "should", "require")) and value is False
        if ((is_choice and value is not False) or is_off) and wanted.get(key) != value:
            message = f"`{key} = {value!r}` leaves docstrings unchecked"
            yield table.at(("tool", "pydoclint", key), message)


@tools
def mypy_hides_nothing(project: Project) -> Iterator[Problem]:
    """Find settings that switch parts of mypy off, for modules nobody agreed on."""
    table = project.toml(PYPROJECT)
    mypy = table.table("tool", "mypy")
    for section in (mypy, *mypy.get("overrides", [])):
        names = [f"`{name}`" for name, value in section.items() if _hides(name, value)]
        modules = section.get("module", [])
        modules = [modules] if isinstance(modules, str) else modules
        if section.get("ignore_missing_imports") and (
            section is mypy or any(OWN_CODE.match(one) for one in modules)
        ):
            names.append("`ignore_missing_imports`")
        chosen = [project.accepts("mypy-overrides", one) for one in modules if names]
        if names and not (chosen and all(chosen)):
            message = f"{', '.join(names)} hides type errors"
            yield table.at(("tool", "mypy", names[0].strip("`").split()[0]), message)
    yield from _unseen(project, table, mypy)


def _hides(name: str, value: object) -> bool:
    """Tell whether an option of mypy hides errors."""
    if HIDING.fullmatch(name):
        return value not in (False, "normal")
    return value is False and DEMANDING.fullmatch(name) is not None


def _unseen(project: Project, table: Table, mypy: dict[str, Any]) -> Iterator[Problem]:
    """Find files that mypy is not shown."""
    excluded = mypy.get("exclude", [])
    known = fixed("strictness")["mypy"]["exclude"]
    surplus = [
        one
        for one in ([excluded] if isinstance(excluded, str) else excluded)
        if one not in known and not project.accepts("mypy-overrides", one)
    ]
    if surplus:
        yield table.at(("tool", "mypy", "exclude"), f"`exclude` leaves out {surplus}")
    if "." not in mypy.get("files", []):
        yield table.at(
            ("tool", "mypy", "files"), "`files` leaves out a part of the project"
        )
    own = [one for one in mypy.get("untyped_calls_exclude", []) if OWN_CODE.match(one)]
    if own:
        names = ("tool", "mypy", "untyped_calls_exclude")
        yield table.at(names, f"`untyped_calls_exclude` holds {own}")


@tools
def no_check_is_silenced(module: Module) -> Iterator[Problem]:
    """Find Django's system checks that are switched off."""
    for node in () if module.is_test else module.nodes:
        names = (getattr(node, field, "") for field in ("id", "attr", "value", "arg"))
        if SILENCED in {name for name in names if isinstance(name, str)}:
            yield module.at(node, f"`{SILENCED}` switches checks off")


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
