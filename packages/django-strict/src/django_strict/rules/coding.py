"""Section 4: coding standards."""

from __future__ import annotations

import ast
import re
import unicodedata
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
WORD: Final = re.compile(r"[^\W\d_]+")
# Words that are frequent in one language and are none, or rare ones, in English.
FOREIGN_WORDS: Final = {
    language: frozenset(words.split())
    for language, words in {
        "French": "avec cette dans des elle est etre faire il les leur mais nous ou "
        "parce pour qui sans sont sur une vous",
        "German": "aber auch auf aus bei das dass den der dem diese ein eine einen einer "
        "fuer für ist kann mit muss nach nicht oder sich sind soll und von wenn werden "
        "wird zu zum zur",
        "Italian": "anche che come con della delle di dopo gli nella non per quando questa "
        "questo sono",
        "Polish": "ale czy dla jest jako lub nie oraz przed przez sie się tego tylko",
        "Portuguese": "ainda com como mais não nao para pelo quando que ser uma você",
        "Russian": "bez chto dlya eto esli kak nado nuzhno polzovatel zdes zakaz",
        "Spanish": "como con cuando del desde donde el esta este hasta las los para pero "
        "porque que una usuario",
    }.items()
}
MIN_FOREIGN: Final = 3
MIN_SHARE: Final = 0.3
LATIN: Final = {"LATIN", "GREEK", "MICRO", "MODIFIER", "FEMININE"}
# Yields stands where Returns stands.
SECTIONS: Final = {"Args:": 0, "Raises:": 1, "Returns:": 2, "Yields:": 2}

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
    "DS042",
    title="Code, comments and docstrings are English.",
    why="Everybody on the project must be able to read everything.",
    fix="Translate it; texts for users in other languages belong into locale files.",
    waivable=True,
    where="apps/orders/services.py",
    bad="""
# Сумма заказа
TOTAL = 1
""",
    good="""
# Total of the order
TOTAL = 1
""",
)
def everything_is_english(module: Module) -> Iterator[Problem]:
    """Read comments, docstrings, names and strings; tests may hold any text as data."""
    seen: set[int] = set()
    for line, column, text in (*module.comments, *module.docstrings):
        if reason := _not_english(text):
            seen.add(line)
            yield Problem(module.path, line, column, f"the text {reason}")
    for node in () if module.text.isascii() else module.nodes:
        for field in ("id", "name", "arg", "attr", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str) and not name.isascii():
                yield module.at(node, f"the name `{name}` is not ASCII")
        value = node.value if isinstance(node, ast.Constant) else None
        if module.is_test or not isinstance(value, str):
            continue
        script = _foreign_script(value)
        if script and getattr(node, "lineno", 0) not in seen:
            yield module.at(node, f"the string is written in {script} letters")


def _not_english(text: str) -> str:
    """Tell why a text is not English, as the end of a sentence."""
    if script := _foreign_script(text):
        return f"is written in {script} letters"
    words = [word.lower() for word in WORD.findall(text)]
    for language, known in FOREIGN_WORDS.items():
        hits = [word for word in words if word in known]
        if len(set(hits)) >= MIN_FOREIGN and len(hits) >= MIN_SHARE * len(words):
            return f"looks like {language}"
    return ""


def _foreign_script(text: str) -> str:
    """Name the script of the first letter that is neither Latin nor of formulas."""
    for character in "" if text.isascii() else text:
        if character.isalpha():
            script = unicodedata.name(character, "UNKNOWN").partition(" ")[0]
            if script not in LATIN:
                return script.title()
    return ""


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
        found = [name for row in text.splitlines() if (name := row.strip()) in SECTIONS]
        if found != sorted(found, key=SECTIONS.__getitem__):
            message = f"the sections stand in the order {' '.join(found)}"
            yield Problem(module.path, line, column, message)


@rule(
    "DS044",
    title="Nested functions have a docstring too.",
    why="A function inside a function is read without its call; other tools skip it.",
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
def nested_functions_have_docstrings(module: Module) -> Iterator[Problem]:
    """Find functions inside functions; all others are ruff's concern."""
    for function in module.functions:
        is_nested = any(isinstance(above, FUNCTIONS) for above in module.up(function))
        if is_nested and ast.get_docstring(function) is None:
            yield module.at(function, f"the nested `{function.name}` has no docstring")
