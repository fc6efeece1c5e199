"""What other tools enforce is found in another place and by another name, too.

Every tool runs once, over a project that holds all variants in modules of their own.
"""

import ast
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pytest

from django_strict.rules.engine import check_files
from django_strict.rules.model import catalogue, related
from tests.rules.breaks import text_of, written as written_to
from tests.rules.escapes import IMPORT_ESCAPES, UNSEEN
from tests.rules.places import PLACES
from tests.rules.source_breaks import SOURCE_BREAKS
from tests.rules.test_source_rules import rules_broken
from tests.rules.test_tools import gate
from tests.rules.tool_breaks import TOOL_BREAKS
from tests.rules.variants import (
    attribute_of_a_module,
    functions_elsewhere,
    name_from_another_module,
    renamed_import,
)

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

    from tests.helpers.project import Project

STEPS: Final = ("ruff", "format", "docstrings", "mypy", "import contracts")
# What the report of a step begins with.
REPORT: Final = re.compile(r"^(?:ok  |FAIL)  (.+?) +\d+\.\d s$", re.MULTILINE)
# These judge all of a file: what is written around an example, too.
WHOLE: Final = {"DS050", "DS051"}
# Another rule speaks of it there.
ELSEWHERE: Final = {("DS037", "in a function"): "DS044"}
NAMES: Final = (
    renamed_import,
    attribute_of_a_module,
    functions_elsewhere,
    name_from_another_module,
)
# Ways to import `module` of `package`, where it stands in a file.
IMPORTS: Final = {
    "a module": "import {package}.{module}\n",
    "a module by another name": "import {package}.{module} as other\n",
    "a name": "from {package} import {module}\n",
    "a name by another name": "from {package} import {module} as other\n",
    "all names": "from {package}.{module} import *\n",
    "in a function": "def f() -> object:\n    from {package} import {module}\n\n"
    "    return {module}\n",
    "in a method": "class One:\n    def f(self) -> object:\n"
    "        import {package}.{module} as other\n\n        return other\n",
    "in a condition": "import sys\n\nif sys.argv:\n    import {package}.{module}\n",
    "in a try": "try:\n    import {package}.{module}\nexcept ImportError:\n    X = 1\n",
    "through another module": "from {own} import between\n",
}
# import-linter reads statements.
BY_NAME: Final = (
    'from importlib import import_module\n\nX = import_module("{package}.{module}")\n'
)
# What each contract forbids: the file that imports, and what. DS020's contract is about
# direct imports: what a view reaches, the checker follows.
CONTRACTS: Final = {
    "DS020": ("apps.{name}.views", "apps.{name}", "models"),
    "DS026": ("apps.{name}.selectors", "apps.{name}", "services"),
    "DS027": ("apps.{name}.services", "apps.users", "selectors"),
    "DS028": ("apps.core.{name}.parts", "apps.users", "selectors"),
    "DS029": ("apps.{name}.services", "config", "settings"),
    "DS030": ("apps.{name}.services", "django_strict", "gate"),
}
ALLOWED: Final = ("apps.{name}.services", "apps.core", "domain")
DIRECT: Final = ("DS020",)


@dataclass(frozen=True)
class Variant:
    """A breach, or its good counterpart, in modules of its own.

    Attributes:
        rule: Id of the rule.
        step: Who must notice.
        name: How it is written.
        files: The modules; the first one is where the breach stands.
        is_good: Whether nothing of it breaks the rule.
    """

    rule: str
    step: str
    name: str
    files: dict[str, str]
    is_good: bool = False


def written(path: str, source: str, step: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Write a module in other ways: how, and its files."""
    for name, place in PLACES.items():
        if (text := place(source)) is not None:
            yield name, {path: text}
    if step == "format":
        return
    for change in NAMES:
        tree = change(path, ast.parse(source))
        files = {one: ast.unparse(part) + "\n" for one, part in (tree or {}).items()}
        if tree and files[path] != ast.unparse(ast.parse(source)) + "\n":
            yield change.__name__.replace("_", " "), files


def examples() -> Iterator[tuple[str, str, str, str, bool]]:
    """List what is written in other ways: rule, step, shape, source, whether it is good."""
    for step in ("ruff", "format", "docstrings", "mypy"):
        changes = [change for change in TOOL_BREAKS[step] if not change.old]
        for change in changes:
            yield change.rule, step, change.shape, change.new or "", False
        for rule in sorted({change.rule for change in changes} - WHOLE):
            good = f"{catalogue()[rule].good.strip()}\n"
            yield rule, step, "good", f'"""Parcels."""\n\n\n{good}', True


def variants() -> Iterator[Variant]:
    """Write every example, and every import, in every other way."""
    number = 0
    for rule, step, shape, source, is_good in examples():
        for name, files in written("apps/NUMBER/services.py", source, step):
            number += 1
            own = {
                path.replace("NUMBER", f"v{number}"): text.replace(
                    "NUMBER", f"v{number}"
                )
                for path, text in files.items()
            }
            yield Variant(rule, step, f"{shape}, {name}", own, is_good)
    for rule, parts in CONTRACTS.items():
        for name, form in {**IMPORTS, UNSEEN: BY_NAME}.items():
            if rule in DIRECT and name in {UNSEEN, "through another module"}:
                continue
            number += 1
            yield imported(rule, name, form, parts, f"v{number}")
    for name, form in IMPORTS.items():
        number += 1
        one = imported("", name, form, ALLOWED, f"v{number}")
        yield from (replace(one, rule=rule, is_good=True) for rule in CONTRACTS)


def imported(
    rule: str, name: str, form: str, parts: tuple[str, str, str], app: str
) -> Variant:
    """Write a forbidden import."""
    where, package, module = (part.format(name=app) for part in parts)
    folder = where.rpartition(".")[0]
    names = {"package": package, "module": module, "own": folder}
    files = {f"{where.replace('.', '/')}.py": form.format(**names)}
    if "through" in name:
        between = IMPORTS["a module"].format(**names)
        files[f"{folder.replace('.', '/')}/between.py"] = between
    if package == folder:
        files[f"{folder.replace('.', '/')}/{module}.py"] = "X = 1\n"
    return Variant(rule, "import contracts", f"{name}, imported", files)


VARIANTS: Final = list(variants())


def cases() -> "list[ParameterSet]":
    """Make a test's parameters: one for each rule and way, with all that is written so."""
    by_way: dict[tuple[str, str], list[Variant]] = defaultdict(list)
    for one in VARIANTS:
        if one.is_good or UNSEEN in one.name:
            continue
        by_way[one.rule, one.name.rpartition(", ")[2]].append(one)
    imports: dict[tuple[str, str], list[Variant]] = {}
    for (rule, way), listed in list(by_way.items()):
        if way == "imported":
            del by_way[rule, way]
            imports |= {(rule, one.name.partition(",")[0]): [one] for one in listed}
    return [
        pytest.param(
            listed,
            id=f"{rule}-as-{way.replace(' ', '-')}",
            marks=pytest.mark.proves(rule),
        )
        for (rule, way), listed in (by_way | imports).items()
    ]


@pytest.fixture(scope="module")
def outputs(runnable: "Project") -> Iterator[dict[str, str]]:
    """Write all variants, and run each tool once.

    Args:
        runnable: The project.

    Yields:
        What each step prints.
    """
    folders = set()
    for one in VARIANTS:
        for path, text in one.files.items():
            file = runnable.folder / path
            file.parent.mkdir(exist_ok=True)
            folders.add(file.parent)
            (file.parent / "__init__.py").touch()
            file.write_text(text)
    _, *parts = REPORT.split(gate(runnable, *STEPS))
    yield dict(zip(parts[::2], parts[1::2], strict=True))
    for folder in folders:
        shutil.rmtree(folder)


def said(step: str, path: str, output: str) -> str:
    """Find what a tool says of a module.

    Args:
        step: The tool's step.
        path: The module.
        output: All that it says.

    Returns:
        The lines or paragraphs that name it; for import contracts all of each contract.
    """
    if step == "import contracts":
        path = path.removesuffix(".py").replace("/", ".")
        parts = re.split(r"\n(?=[^\n]+\n-{9,}\n)", output)
    else:
        parts = output.splitlines() if step == "mypy" else output.split("\n\n")
    return "\n".join(part for part in parts if path in part)


def found(one: Variant, outputs: dict[str, str]) -> set[str]:
    """Name the rules that a variant breaks.

    Args:
        one: The variant.
        outputs: What each step prints.

    Returns:
        What the tool's words lead to, and what the checker finds.
    """
    text = "\n".join(said(one.step, path, outputs[one.step]) for path in one.files)
    tool = one.step.replace("format", "ruff-format")
    own = {finding.rule for finding in check_files(one.files)}
    # Of mypy, all that it says leads to a rule.
    said_so = {rule.id for rule in related(text, (tool,))} if text.strip() else set()
    return said_so | own


@pytest.mark.parametrize("listed", cases())
def test_a_breach_is_found_in_another_place(
    listed: list[Variant], outputs: dict[str, str]
) -> None:
    """The tool names the module, and its words lead to the house rule."""
    for one in listed:
        way = one.name.rpartition(", ")[2]
        wanted = {one.rule, ELSEWHERE.get((one.rule, way))}
        assert wanted & found(one, outputs), one


@pytest.mark.parametrize(
    "one",
    [one for one in VARIANTS if one.is_good],
    ids=lambda one: f"{one.rule} {one.name}",
)
def test_what_is_good_stays_so_in_another_place(
    one: Variant, outputs: dict[str, str]
) -> None:
    """The good example breaks its rule nowhere, and an import that is allowed none."""
    assert one.rule not in found(one, outputs)


@pytest.mark.parametrize("rule", IMPORT_ESCAPES)
def test_an_import_by_its_name_escapes_a_contract(
    rule: str, outputs: dict[str, str]
) -> None:
    """A hole that was closed leaves the list."""
    (one,) = [one for one in VARIANTS if one.rule == rule and UNSEEN in one.name]
    assert rule not in found(one, outputs)


COMMENTS: Final = ("DS009", "DS110", "DS111", "DS112")


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        pytest.param(
            rule,
            place,
            id=f"{rule}-as-{place.replace(' ', '-')}",
            marks=pytest.mark.proves(rule),
        )
        for rule in COMMENTS
        for place in PLACES
        if place != "asynchronous"
    ],
)
def test_a_comment_is_found_in_another_place(rule: str, place: str) -> None:
    """Wherever the line stands; the good example stays good."""
    known = catalogue()[rule]
    bad = [one.new or "" for one in SOURCE_BREAKS if one.rule == rule and not one.old]
    for source in (known.bad, *bad):
        text = PLACES[place](source.lstrip()) or ""
        assert rule in rules_broken(known.where, text), text
    good = PLACES[place](known.good.lstrip()) or ""
    assert rule not in rules_broken(known.where, good), good


# A field that no migration knows, in an existing model.
FIELD: Final = 'models.CharField(max_length=50, default="")'
FIELDS: Final = {
    "a function's value": f"    from_a_function = (lambda: {FIELD})()\n",
    "another module's value": "    from_a_module = moved.FIELD\n",
    "set in the class": f'    locals()["from_the_class"] = {FIELD}\n',
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            id=f"DS016-as-{name.replace(' ', '-')}",
            marks=pytest.mark.proves("DS016"),
        )
        for name in FIELDS
    ],
)
def test_a_field_without_a_migration_is_found(name: str, migrated: str) -> None:
    """Django compares models, not lines."""
    field = re.search(r"from_\w+", FIELDS[name])
    assert field
    assert f"{field[0]} to user" in migrated
    assert "DS016" in migrated


@pytest.fixture(scope="module")
def migrated(runnable: "Project") -> str:
    """Add fields in several ways, and run the step once.

    Args:
        runnable: The project.

    Returns:
        What it prints.
    """
    path = "apps/users/models.py"
    before = text_of(runnable.folder, path) or ""
    mark = "    is_staff = models.BooleanField("
    assert mark in before
    head, quotes, tail = before.partition('"""\n')
    text = f"{head}{quotes}from apps.users import moved\n{tail}"
    text = text.replace(mark, "".join(FIELDS.values()) + mark)
    files = {
        path: text,
        "apps/users/moved.py": f"from django.db import models\n\nFIELD = {FIELD}\n",
    }
    with written_to(runnable.folder, files):
        return gate(runnable, "migrations")
