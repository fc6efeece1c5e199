"""Section 4: coding standards."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import Problem, rule
from django_strict.rules.module import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project
    from django_strict.rules.module import Module

TESTED_LAYERS: Final = ("models", "selectors", "services", "views")
DEFINITION: Final = re.compile(r"^(async def|def|class) ", re.MULTILINE)
TEST: Final = re.compile(r"^\s*(async def|def) test_", re.MULTILINE)
CREATORS: Final = ("create", "get_or_create", "update_or_create")
DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)
# Another definition of the name has it.
EXEMPT: Final = {"overload", "override", "setter", "deleter"}
# Yields stands where Returns stands.
SECTIONS: Final = {"args": 0, "raises": 1, "returns": 2, "yields": 2}
# Headings that tools take for one of these.
SPELLINGS: Final = {
    **dict.fromkeys(("arguments", "params", "parameters", "keyword args"), "args"),
    **dict.fromkeys(("keyword arguments", "other parameters", "arg", "param"), "args"),
    **dict.fromkeys(("raise", "exceptions", "except"), "raises"),
    **dict.fromkeys(("return",), "returns"),
    **dict.fromkeys(("yield",), "yields"),
}
HEADING: Final = re.compile(
    r"^[ \t]*(?P<name>[A-Za-z]+(?: [A-Za-z]+)?)[ \t]*(?:(?P<colon>:)[ \t]*$|\n[ \t]*-{3,}[ \t]*$)",
    re.MULTILINE,
)
FIELD: Final = re.compile(
    r"^\s*[:@](param|raises?|returns?|rtype|type|yields?)\b", re.MULTILINE
)

rule(
    "DS035",
    title="Every argument and return value has a type.",
    why="Types are checked on every run, prose is not.",
    fix="Annotate the argument or the return value.",
    enforced_by=("ruff ANN", "mypy no-untyped-def"),
    where="apps/orders/services.py",
    bad='''
def order_total(price):
    """Add up the order."""
    return price
''',
    good='''
def order_total(price: int) -> int:
    """Add up the order."""
    return price
''',
)
rule(
    "DS036",
    title="The types are right: mypy in strict mode finds nothing.",
    why="A wrong annotation misleads more than a missing one.",
    fix="Correct the type that the message names.",
    enforced_by=("mypy",),
    where="apps/orders/services.py",
    bad='''
def order_total() -> int:
    """Add up the order."""
    return "1"
''',
    good='''
def order_total() -> int:
    """Add up the order."""
    return 1
''',
)
rule(
    "DS037",
    title="Every module, class and function has a docstring.",
    why="A reader learns from it what to rely on.",
    fix="Say in one sentence what it does.",
    enforced_by=("ruff D1",),
    where="apps/orders/services.py",
    bad="""
def order_total() -> int:
    return 1
""",
    good='''
def order_total() -> int:
    """Add up the order."""
    return 1
''',
)
rule(
    "DS038",
    title="Docstrings are Google style with complete Args, Returns, Yields and Raises sections.",
    why="Half a list of arguments is taken for the whole.",
    fix="Add the section or entry that the message names.",
    enforced_by=("pydoclint DOC", "ruff D2", "ruff D4", "ruff DOC501"),
    where="apps/orders/services.py",
    bad='''
def order_total(price: int) -> int:
    """Add up the order."""
    return price
''',
    good='''
def order_total(price: int) -> int:
    """Add up the order.

    Args:
        price: Net price in cents.

    Returns:
        The total in cents.
    """
    return price
''',
)


@rule(
    "DS039",
    title="Models, services, selectors and views of an app have tests.",
    why="Code without a test is not finished.",
    fix="Write a test in the file that the message names.",
    where="apps/orders/tests/test_services.py",
    bad='"""Tests without a test."""',
    good='''
"""Tests of the services."""


def test_an_order_is_created() -> None:
    """It is stored."""
''',
)
def layers_are_tested(project: Project) -> Iterator[Problem]:
    """Find layers with code and no test function in ``tests/test_<layer>``."""
    for app in project.apps:
        for layer in TESTED_LAYERS:
            tests = f"tests/test_{layer}"
            is_tested = _holds(project, TEST, f"apps/{app}/{tests}")
            if _holds(project, DEFINITION, f"apps/{app}/{layer}") and not is_tested:
                message = f"nothing tests {app}/{layer}.py here"
                yield project.at(f"apps/{app}/{tests}.py", message)


def _holds(project: Project, pattern: re.Pattern[str], name: str) -> bool:
    """Look for a pattern in a module or in a package of that name."""
    files = [project.root / f"{name}.py", *(project.root / name).rglob("*.py")]
    return any(pattern.search(one.read_text("utf-8")) for one in files if one.is_file())


@rule(
    "DS040",
    title="Tests build models with factories.",
    why="A factory changes in one place when a model gets a new field.",
    fix="Use the factory in tests/factories.py; add a parameter to it if it lacks one.",
    waivable=True,
    where="apps/orders/tests/test_services.py",
    bad='''
from apps.orders.models import Order


def test_an_order() -> None:
    """It is there."""
    assert Order.objects.create(amount=1)
''',
    good='''
from apps.orders.tests.factories import OrderFactory


def test_an_order() -> None:
    """It is there."""
    assert OrderFactory.create(amount=1)
''',
)
def tests_use_factories(module: Module) -> Iterator[Problem]:
    """Find tests that create rows of the project's models themselves."""
    if not module.is_test or module.parts[-1] == "factories.py":
        return
    for call in module.calls:
        model, _, name = module.dotted(call.func).rpartition(".objects.")
        if model.startswith("apps.") and name.removeprefix("a") in CREATORS:
            yield module.at(call, f"`{ast.unparse(call.func)}()` bypasses the factory")


rule(
    "DS041",
    title="Tests cover at least 80 % of the apps.",
    why="What no test runs breaks unseen.",
    fix="Test the lines that the coverage report names.",
    enforced_by=("pytest Required test coverage",),
    where="apps/orders/services.py",
    bad="# a long service that no test calls",
    good="# the same service with tests of its branches",
)


@rule(
    "DS043",
    title="Docstring sections stand in the order Args, Raises, Returns (or Yields).",
    why="The specification gives this order; a reader looks in one place for each.",
    fix="Move the section that is out of order.",
    where="apps/orders/services.py",
    bad='''
def order_total(price: int) -> int:
    """Add up the order.

    Args:
        price: Net price in cents.

    Returns:
        The total in cents.

    Raises:
        ValueError: If the price is negative.
    """
    return price
''',
    good='''
def order_total(price: int) -> int:
    """Add up the order.

    Args:
        price: Net price in cents.

    Raises:
        ValueError: If the price is negative.

    Returns:
        The total in cents.
    """
    return price
''',
)
def docstring_sections_are_in_order(module: Module) -> Iterator[Problem]:
    """Compare the sections of each docstring with the specification's order."""
    for line, column, text in module.docstrings:
        if found := FIELD.search(text):
            message = f"`:{found[1]}` is no section; write Args, Raises, Returns"
            yield Problem(module.path, line, column, message)
        headings = [(one["name"], one["colon"]) for one in HEADING.finditer(text)]
        known = [
            (name, colon, SPELLINGS.get(name.lower(), name.lower()))
            for name, colon in headings
        ]
        names = [name for _, _, name in known if name in SECTIONS]
        for name, colon, meant in known:
            if meant in SECTIONS and (name != meant.title() or not colon):
                message = f"the section `{name}` is written `{meant.title()}:`"
                yield Problem(module.path, line, column, message)
        if names != sorted(names, key=SECTIONS.__getitem__):
            order = ", ".join(name.title() for name in names)
            message = f"the sections stand in the order {order}"
            yield Problem(module.path, line, column, message)
        if len(names) != len(set(names)):
            yield Problem(module.path, line, column, "a section stands there twice")


@rule(
    "DS044",
    title="Private and nested functions and classes have a docstring too.",
    why="Who reads the code reads them first, and other tools skip them.",
    fix="Say in one sentence what it does, or write it without a function.",
    where="apps/orders/services.py",
    bad='''
def order_total(price: int) -> int:
    """Add up the order."""

    def taxed(amount: int) -> int:
        return amount + amount // 5

    return taxed(price)
''',
    good='''
def order_total(price: int) -> int:
    """Add up the order."""

    def taxed(amount: int) -> int:
        """Add a fifth."""
        return amount + amount // 5

    return taxed(price)
''',
)
def private_code_has_docstrings(module: Module) -> Iterator[Problem]:
    """Find what ruff leaves alone: names with an underscore, and what is inside of code."""
    if module.is_migration:
        return
    for definition in (*module.functions, *module.classes):
        above = [one for one in module.up(definition) if isinstance(one, DEFINITIONS)]
        is_nested = any(isinstance(one, FUNCTIONS) for one in above)
        names = [definition.name, *(one.name for one in above), *module.parts]
        is_private = any(re.match(r"_(?!_)", name) for name in names)
        decorators = map(ast.unparse, definition.decorator_list)
        is_exempt = EXEMPT & {name.rpartition(".")[2] for name in decorators}
        is_private = (
            is_private and not is_exempt and not definition.name.startswith("__")
        )
        if (is_nested or is_private) and ast.get_docstring(definition) is None:
            kind = "nested" if is_nested else "private"
            yield module.at(
                definition, f"the {kind} `{definition.name}` has no docstring"
            )
