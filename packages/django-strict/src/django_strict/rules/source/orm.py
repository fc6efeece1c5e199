"""Recognising queries and writes without types."""

import ast
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django_strict.rules.source.module import Module

MANAGERS: Final = {"objects", "_default_manager", "_base_manager"}
# Methods that only querysets have: enough to know one by.
QUERY_METHODS: Final = {
    "aggregate",
    "annotate",
    "distinct",
    "exclude",
    "filter",
    "in_bulk",
    "only",
    "order_by",
    "prefetch_related",
    "select_for_update",
    "select_related",
    "values_list",
}
STRONG_WRITES: Final = {
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
CHAIN_WRITES: Final = {"create", "delete", "update", "raw_update"}
# Methods of these objects share a name with a model's and write no row.
NOT_MODELS: Final = ("cache", "caches", "session", "client", "storage", "cookies")


def receiver(call: ast.Call) -> ast.expr | None:
    """Name what a method is called on.

    Args:
        call: The call.

    Returns:
        The expression left of the last dot, or None for a plain function.
    """
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def method(call: ast.Call) -> str:
    """Name the method that is called.

    Args:
        call: The call.

    Returns:
        Its name, empty for a plain function.
    """
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def chain(node: ast.AST) -> list[str]:
    """List the attributes of a chain such as ``Order.objects.filter(...).first``.

    Args:
        node: The chain's last expression.

    Returns:
        The names, the first one first.
    """
    names: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript | ast.Await):
            node = node.value
        elif isinstance(node, ast.Name):
            names.append(node.id)
            return names[::-1]
        else:
            return names[::-1]


def is_queryset(node: ast.AST) -> bool:
    """Tell whether an expression is a manager or queryset.

    Args:
        node: An expression.

    Returns:
        True when its chain goes through a manager or a method of querysets alone.
    """
    names = set(chain(node)[1:])
    return bool(names & MANAGERS) or (
        isinstance(node, ast.Call) and bool(names & QUERY_METHODS) and _called(node)
    )


def _called(node: ast.AST) -> bool:
    """Tell whether a chain calls a method of querysets.

    Args:
        node: The chain.

    Returns:
        True for ``orders.filter(...)``, False for ``settings.filter.name()``.
    """
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Call):
            if method(node) in QUERY_METHODS:
                return True
            node = node.func
        else:
            node = node.value
    return False


def is_write(module: "Module", call: ast.Call) -> bool:
    """Tell whether a call changes rows.

    Args:
        module: The file.
        call: The call.

    Returns:
        True for writes of managers, querysets and instances.
    """
    left = receiver(call)
    if left is None:
        return False
    name = method(call)
    for plain in (name, name.removeprefix("a")):
        if plain in STRONG_WRITES:
            return True
        if plain in CHAIN_WRITES and is_queryset(left):
            return True
        if plain == "save" and not _is_super(left) and not _is_foreign(module, left):
            return True
        if plain == "delete" and not call.args and not _is_foreign(module, left):
            return not _is_super(left)
    return False


def _is_super(node: ast.expr) -> bool:
    """Tell ``super()`` from other expressions.

    Args:
        node: An expression.

    Returns:
        True for a call of ``super``.
    """
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "super"
    )


def _is_foreign(module: "Module", node: ast.expr) -> bool:
    """Tell caches, sessions and clients from models.

    Args:
        module: The file.
        node: What a method is called on.

    Returns:
        True when its name says that it is no model.
    """
    names = [*chain(node), *module.dotted(node).split(".")]
    return any(name.endswith(NOT_MODELS) for name in names)
