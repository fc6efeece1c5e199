"""Bodies that are not there."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from django_strict.rules.source.module import FUNCTIONS, is_docstring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Finding
    from django_strict.rules.source.module import Definition, Module

OVERLOADS: Final = ("typing.overload", "typing_extensions.overload")
ABSTRACT: Final = ("abc.abstractmethod",)
PROTOCOLS: Final = ("typing.Protocol", "typing_extensions.Protocol")
UNFINISHED: Final = ("NotImplementedError", "builtins.NotImplementedError")


def check_statements(module: Module) -> Iterator[Finding]:
    """Find ``pass``, ``...`` and ``raise NotImplementedError``.

    Args:
        module: The file.

    Yields:
        DS002 and DS003.
    """
    for node in module.nodes:
        if isinstance(node, ast.Pass):
            yield module.finding(node, "DS002", "`pass` stands where code should stand")
        elif _is_ellipsis(node) and not _in_overload(module, node):
            yield module.finding(node, "DS002", "`...` stands where code should stand")
        elif (
            isinstance(node, ast.Raise)
            and node.exc
            and module.dotted(node.exc) in UNFINISHED
        ):
            yield module.finding(
                node, "DS003", "`raise NotImplementedError` is a placeholder"
            )


def check_empty_bodies(module: Module) -> Iterator[Finding]:
    """Find functions that consist of a docstring or a bare return.

    Args:
        module: The file.

    Yields:
        DS002.
    """
    for function in module.functions:
        body = [line for line in function.body if not is_docstring(line)]
        empty = not body or (len(body) == 1 and _is_bare_return(body[0]))
        if empty and not _is_interface(module, function):
            yield module.finding(
                function, "DS002", f"`{function.name}` does nothing: its body is empty"
            )


def _is_ellipsis(node: ast.AST) -> bool:
    """Tell a statement ``...`` from an ellipsis inside a type.

    Args:
        node: Any node.

    Returns:
        True for the statement.
    """
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and node.value.value is ...
    )


def _is_bare_return(statement: ast.stmt) -> bool:
    """Tell a return without a value.

    Args:
        statement: A statement.

    Returns:
        True for ``return`` alone.
    """
    return isinstance(statement, ast.Return) and statement.value is None


def _in_overload(module: Module, node: ast.AST) -> bool:
    """Tell whether a statement is the body of an overload.

    Args:
        module: The file.
        node: The statement.

    Returns:
        True below ``@overload``, where nothing else may stand.
    """
    parent = module.parents.get(node)
    return isinstance(parent, FUNCTIONS) and _decorated(module, parent, OVERLOADS)


def _is_interface(module: Module, function: Definition) -> bool:
    """Tell a declaration from an implementation.

    Args:
        module: The file.
        function: A function without statements.

    Returns:
        True for overloads, abstract methods and methods of a protocol.
    """
    if _decorated(module, function, (*OVERLOADS, *ABSTRACT)):
        return True
    parent = module.parents.get(function)
    return isinstance(parent, ast.ClassDef) and any(
        module.dotted(base) in PROTOCOLS for base in parent.bases
    )


def _decorated(module: Module, definition: Definition, names: tuple[str, ...]) -> bool:
    """Tell whether a definition has one of some decorators.

    Args:
        module: The file.
        definition: The definition.
        names: Dotted names of the decorators.

    Returns:
        True if it has.
    """
    return any(
        module.dotted(decorator) in names for decorator in definition.decorator_list
    )
