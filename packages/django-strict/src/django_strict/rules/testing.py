"""Section 4: coding standards."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import rule
from django_strict.rules.module import FUNCTIONS, method
from django_strict.rules.values import origin, pairs, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Problem
    from django_strict.rules.module import Function, Module

TEST: Final = "test_"
# What fails when something is wrong, by its name.
JUDGES: Final = re.compile(
    r"assert|^(check|expect|verify|ensure|refuse|demand|must|should)(_|s_|$)|^fail$"
)
EXPECTING: Final = ("pytest.raises", "pytest.warns", "pytest.deprecated_call")
# Never run, or run without a result that counts.
NEVER_RUN: Final = (
    *("pytest.mark.skip", "pytest.mark.xfail", "pytest.xfail", "pytest.importorskip"),
    *("unittest.skip", "unittest.expectedFailure", "unittest.SkipTest"),
    *("pytest.skip.Exception", "unittest.case.SkipTest"),
)
CONDITIONS: Final = ("pytest.mark.skipif", "unittest.skipIf", "unittest.skipUnless")
SKIP: Final = "pytest.skip"
LEFT_OUT: Final = ("collect_ignore", "collect_ignore_glob", "__test__")
HOOKS: Final = (
    "pytest_ignore_collect",
    "pytest_runtest_protocol",
    "pytest_pyfunc_call",
)
SELECTION: Final = "pytest_collection_modifyitems"
DROPPING: Final = {"clear", "remove", "pop", "pytest_deselected"}
# Attributes in which pytest keeps what came out, and what must.
RESULTS: Final = {"exitstatus", "outcome", "cov_fail_under", "no_cov", "testsfailed"}

proofs = rule(
    "DS034",
    title="Every test runs, and asserts something that can be wrong.",
    why="A test that is skipped, misnamed or asserts nothing is counted as a proof and is none.",
    fix="Assert what the call returns or changes; delete what skips the test, or the test; name it `test_*` in a file `test_*.py`.",
    where="apps/orders/tests/test_services.py",
    bad='''
"""Tests of the services."""


def test_an_order_is_created() -> None:
    """It is stored."""
    assert True
''',
    good='''
"""Tests of the services."""

from apps.orders.services import order_create


def test_an_order_is_created() -> None:
    """It is stored."""
    assert order_create(amount=1).amount == 1
''',
)


@proofs
def tests_assert_something(module: Module) -> Iterator[Problem]:
    """Look into each test, and into the helpers of its file that it calls."""
    local = {function.name: function for function in module.functions}
    for function in module.functions if module.is_test else ():
        if function.name.startswith(TEST) and not _asserts(
            module, function, local, set()
        ):
            message = f"`{function.name}` asserts nothing that can be wrong"
            yield module.at(function, message)


def _asserts(
    module: Module, function: Function, local: dict[str, Function], seen: set[str]
) -> bool:
    """Tell whether a function fails when something is wrong."""
    seen.add(function.name)
    for node in _live(module, function.body):
        if isinstance(node, ast.Assert) and not _is_sure(function, node.test):
            return True
        if isinstance(node, ast.Raise) and "AssertionError" in ast.unparse(node):
            return True
        if isinstance(node, ast.Call) and _judges(module, node, local, seen):
            return True
    return False


def _live(module: Module, body: list[ast.stmt]) -> Iterator[ast.AST]:
    """List what of a body may run, and may fail the test when it does.

    Args:
        module: The file.
        body: Statements.

    Yields:
        Their nodes, without what stands behind a return, below a condition that is never
        true, in a loop over nothing, or where a failed assertion is caught.
    """
    for statement in body:
        inner = [
            one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt)
        ]
        yield statement
        for child in ast.iter_child_nodes(statement):
            if child not in inner and not isinstance(child, ast.ExceptHandler):
                yield from ast.walk(child)
        yield from _live(
            module, [one for one in inner if one in _branches(module, statement)]
        )
        for handler in getattr(statement, "handlers", []):
            yield from _live(module, handler.body)
        if isinstance(statement, ast.Return | ast.Raise):
            return


def _branches(module: Module, statement: ast.stmt) -> list[ast.stmt]:
    """List the statements inside of one that may run, and fail."""
    body: list[ast.stmt] = getattr(statement, "body", [])
    rest = [*getattr(statement, "orelse", []), *getattr(statement, "finalbody", [])]
    match statement:
        case ast.If(test=ast.Constant(value=value)):
            return body if value else rest
        case ast.For(iter=ast.List(elts=[]) | ast.Tuple(elts=[])):
            return rest
        case ast.While(test=ast.Constant(value=False | 0)):
            return rest
        case ast.With(items=items) | ast.AsyncWith(items=items):
            names = [origin(module, item.context_expr) for item in items]
            return [] if any(name.endswith("suppress") for name in names) else body
        case ast.Try(handlers=handlers):
            caught = [
                ast.unparse(one.type) if one.type else "Exception" for one in handlers
            ]
            is_lost = any(
                re.search(r"\b(AssertionError|(Base)?Exception)\b", c) for c in caught
            )
            return rest if is_lost else [*body, *rest]
    return [*body, *rest]


def _judges(
    module: Module, call: ast.Call, local: dict[str, Function], seen: set[str]
) -> bool:
    """Tell whether a call fails when something is wrong."""
    name = origin(module, call.func)
    if name.startswith(EXPECTING):
        return True
    last = method(call) or name.rpartition(".")[2]
    if last in local:
        return last not in seen and _asserts(module, local[last], local, seen)
    is_sure = bool(call.args) and all(
        isinstance(one, ast.Constant) for one in call.args
    )
    is_comparison = re.match("assert[A-Z]", last) is not None and "Num" not in last
    return JUDGES.search(last) is not None and not (is_sure and is_comparison)


def _is_sure(function: Function, test: ast.expr) -> bool:
    """Tell whether an expression is true whatever the code does."""
    match test:
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(_is_sure(function, part) for part in parts)
        case ast.BoolOp(values=parts):
            return all(_is_sure(function, part) for part in parts)
        case ast.Tuple(elts=[_, *_]) | ast.List(elts=[_, *_]) | ast.Lambda():
            return True
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, ast.Name(id="object")]):
            return True
    known = _constants(function)
    names = [node for node in ast.walk(test) if isinstance(node, ast.Name)]
    is_known = not _calls(test) and all(node.id in known for node in names)
    return is_known or (isinstance(test, ast.Compare) and _is_same(test))


def _calls(test: ast.expr) -> bool:
    """Tell whether an expression asks any code."""
    return any(isinstance(node, ast.Call) for node in ast.walk(test))


def _is_same(test: ast.Compare) -> bool:
    """Recognise what is compared with itself, and a length that is not negative."""
    left, right = ast.unparse(test.left), ast.unparse(test.comparators[0])
    if left == right and isinstance(test.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE):
        return not _calls(test)
    is_length = left.startswith("len(") and right == "0"
    return is_length and isinstance(test.ops[0], ast.GtE)


def _constants(function: Function) -> set[str]:
    """List the names that a test binds once, to a value that is written there."""
    bound: dict[str, list[ast.expr]] = {}
    changed = set()
    for node in ast.walk(function):
        for target, value in pairs(node):
            if isinstance(target, ast.Name):
                bound.setdefault(target.id, []).append(value)
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            inner = ast.walk(node.target)
            changed |= {one.id for one in inner if isinstance(one, ast.Name)}
        if isinstance(node, ast.arg):
            changed.add(node.arg)
    return {
        name
        for name, values in bound.items()
        if name not in changed
        and len(values) == 1
        and isinstance(values[0], ast.Constant)
    }


@proofs
def no_test_is_left_out(module: Module) -> Iterator[Problem]:
    """Find marks, calls, names and hooks that keep tests from running or counting."""
    if not module.is_test:
        return
    lines: set[int] = set()
    for node, message in (*_skipped(module), *_hooked(module), *_misnamed(module)):
        line = getattr(node, "lineno", 1)
        if line not in lines:
            lines.add(line)
            yield module.at(node, message)


def _skipped(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Find what skips a test whatever happens."""
    for node in module.nodes:
        if isinstance(node, ast.Attribute | ast.Name):
            name = origin(module, node)
            if name in NEVER_RUN and isinstance(node.ctx, ast.Load):
                yield node, f"`{name}` keeps a test from counting"
        elif isinstance(node, ast.Call) and (message := _skips(module, node)):
            yield node, message


def _skips(module: Module, call: ast.Call) -> str:
    """Tell how a call skips a test whatever happens, empty when it does not."""
    name = origin(module, call.func)
    words = {word.arg: word.value for word in call.keywords}
    given = [*call.args[:1], *(words[key] for key in ("condition",) if key in words)]
    if name in NEVER_RUN or (name in CONDITIONS and any(map(_is_constant, given))):
        return f"`{ast.unparse(call)}` is the same on every run"
    if name == SKIP and not _depends(module, call):
        return "`pytest.skip()` stands where every run passes"
    if name.endswith("mark.parametrize") and _is_empty(call):
        return "`parametrize` without a set of parameters skips the test"
    if method(call) == "add_marker" and given:
        text = text_of(module, given[0])
        if re.search(r"skip|xfail", f"{text} {ast.unparse(given[0])}"):
            return "the marker keeps tests from counting"
    return ""


def _is_constant(condition: ast.expr) -> bool:
    """Tell whether a condition is the same on every run; there is one Python."""
    names = {
        ast.unparse(one) for one in ast.walk(condition) if isinstance(one, ast.Name)
    }
    if isinstance(condition, ast.Constant) and isinstance(condition.value, str):
        return condition.value in {"True", "1"} or "version_info" in condition.value
    is_version = "version_info" in ast.unparse(condition)
    return is_version or names <= {"bool", "len", "any", "all"}


def _depends(module: Module, node: ast.AST) -> bool:
    """Tell whether a statement runs only if something is so."""
    for above in module.up(node):
        if isinstance(above, ast.If | ast.While) and not _is_constant(above.test):
            return True
        if isinstance(above, ast.ExceptHandler | ast.Match):
            return True
        if isinstance(above, FUNCTIONS):
            return False
    return False


def _is_empty(call: ast.Call) -> bool:
    """Tell whether a test is given no parameters at all."""
    values = [
        *call.args[1:2],
        *(w.value for w in call.keywords if w.arg == "argvalues"),
    ]
    return any(
        isinstance(value, ast.List | ast.Tuple | ast.Set) and not value.elts
        for value in values
    )


def _hooked(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Find what takes tests out of the collection, or changes a result."""
    for node in module.nodes:
        is_stored = isinstance(getattr(node, "ctx", None), ast.Store)
        name = getattr(node, "id", "") or getattr(node, "attr", "")
        if is_stored and name in LEFT_OUT:
            yield node, f"`{name}` leaves tests out"
        elif is_stored and isinstance(node, ast.Attribute) and name in RESULTS:
            yield node, f"`{ast.unparse(node)}` changes what came out"
        elif isinstance(node, FUNCTIONS) and node.name in HOOKS:
            yield node, f"`{node.name}` decides which tests run"
        elif isinstance(node, FUNCTIONS) and node.name == SELECTION:
            yield from ((one, "the hook takes tests out") for one in _dropped(node))


def _dropped(function: Function) -> Iterator[ast.AST]:
    """Find where a hook takes tests out of the list that it was given."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and method(node) in DROPPING:
            yield node
        if isinstance(node, ast.Delete):
            yield node
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Subscript):
                yield node


def _misnamed(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Find tests that pytest does not see, by their names or by where they stand."""
    is_collected = module.parts[-1].startswith(TEST)
    used = {node.id for node in module.nodes if isinstance(node, ast.Name)}
    used |= {node.attr for node in module.nodes if isinstance(node, ast.Attribute)}
    used |= {
        node.value
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for function in module.functions:
        is_test = function.name.startswith(TEST)
        parent = module.parents.get(function)
        if is_test and (not is_collected or isinstance(parent, FUNCTIONS)):
            yield function, f"pytest does not see `{function.name}` here"
        is_loose = isinstance(parent, ast.Module) or _is_collected(module, parent)
        is_hook = function.name.startswith(("pytest_", "setup", "teardown", "__"))
        is_spare = not function.decorator_list and function.name not in used
        if is_collected and is_loose and is_spare and not is_test and not is_hook:
            yield (
                function,
                f"nothing calls `{function.name}`, and pytest does not run it",
            )
    for definition in module.classes if is_collected else ():
        names = [one.name for one in definition.body if isinstance(one, FUNCTIONS)]
        holds_tests = any(name.startswith(TEST) for name in names)
        is_seen = _is_collected(module, definition) and "__init__" not in names
        if holds_tests and not is_seen and definition.name not in used:
            yield definition, f"pytest does not see the tests of `{definition.name}`"


def _is_collected(module: Module, node: ast.AST | None) -> bool:
    """Tell a class whose tests pytest runs."""
    if not isinstance(node, ast.ClassDef):
        return False
    bases = [origin(module, base) for base in node.bases]
    return node.name.startswith("Test") or any(b.endswith("TestCase") for b in bases)
