"""What must not happen inside ``async def``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from django_strict.rules.source import orm
from django_strict.rules.source.layers import starts_with
from django_strict.rules.source.module import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Finding
    from django_strict.rules.source.module import Module

EVALUATING: Final = {
    "aggregate",
    "bulk_create",
    "bulk_update",
    "contains",
    "count",
    "create",
    "delete",
    "earliest",
    "exists",
    "explain",
    "first",
    "get",
    "get_or_create",
    "in_bulk",
    "iterator",
    "last",
    "latest",
    "update",
    "update_or_create",
}
INSTANCE_WRITES: Final = {"save", "delete"}
INSTANCE_READS: Final = {"refresh_from_db", "full_clean"}
CONSUMERS: Final = {
    "list",
    "tuple",
    "set",
    "dict",
    "sorted",
    "len",
    "bool",
    "sum",
    "max",
}
# Functions of Django that query, whatever they are called with.
QUERYING: Final = (
    "django.shortcuts.get_object_or_404",
    "django.shortcuts.get_list_or_404",
    "django.contrib.auth.authenticate",
    "django.contrib.auth.login",
    "django.contrib.auth.logout",
)
# Blocking functions and their counterparts.
BLOCKING: Final = {
    "time.sleep": "asyncio.sleep",
    "requests": "an async HTTP client",
    "urllib.request": "an async HTTP client",
    "http.client": "an async HTTP client",
    "httpx.get": "httpx.AsyncClient",
    "httpx.post": "httpx.AsyncClient",
    "httpx.request": "httpx.AsyncClient",
    "httpx.Client": "httpx.AsyncClient",
    "subprocess": "asyncio.create_subprocess_exec",
    "os.system": "asyncio.create_subprocess_exec",
    "socket.create_connection": "asyncio.open_connection",
    "smtplib": "sync_to_async",
    "redis.Redis": "redis.asyncio.Redis",
    "redis.from_url": "redis.asyncio.from_url",
    "django_redis.get_redis_connection": "redis.asyncio.Redis",
    "django.core.cache.cache": "its method with an `a` in front",
    "django.core.cache.caches": "its method with an `a` in front",
    "django.core.mail": "a background task",
    "open": "asyncio.to_thread",
    "input": "asyncio.to_thread",
}
# Creating these is cheap; what they are called with is judged on its own.
HARMLESS: Final = ("subprocess.PIPE", "urllib.request.Request")


def check_async(module: Module) -> Iterator[Finding]:
    """Find synchronous ORM and blocking calls inside async functions.

    Args:
        module: The file.

    Yields:
        DS065 and DS066.
    """
    for function in module.functions:
        if isinstance(function, ast.AsyncFunctionDef):
            yield from _check_function(module, function)


def _check_function(
    module: Module, function: ast.AsyncFunctionDef
) -> Iterator[Finding]:
    """Judge one async function.

    Args:
        module: The file.
        function: The function.

    Yields:
        DS065 and DS066.
    """
    nodes = list(_own_nodes(function))
    querysets = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _is_queryset(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        if isinstance(node, ast.Call) and not _is_awaited(module, node):
            yield from _check_call(module, node, querysets)
        elif isinstance(node, ast.With):
            yield from _check_with(module, node)
        elif (read := _evaluated(node)) and _is_queryset(read, querysets):
            text = ast.unparse(read)
            yield module.finding(read, "DS065", f"reading `{text}` runs a query")


def _evaluated(node: ast.AST) -> ast.expr | None:
    """Name what a statement or expression reads in full.

    Args:
        node: The node.

    Returns:
        What a loop, a comprehension or an index goes through, None for other nodes.
    """
    if isinstance(node, ast.For):
        return node.iter
    if isinstance(node, ast.comprehension) and not node.is_async:
        return node.iter
    is_index = isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice)
    if is_index and isinstance(node, ast.Subscript):
        return node.value if isinstance(node.ctx, ast.Load) else None
    return None


def _check_call(
    module: Module, call: ast.Call, querysets: set[str]
) -> Iterator[Finding]:
    """Judge a call that nobody awaits.

    Args:
        module: The file.
        call: The call.
        querysets: Local names of querysets.

    Yields:
        DS065 and DS066.
    """
    name = orm.method(call)
    left = orm.receiver(call)
    text = ast.unparse(call.func)
    origin = module.dotted(call.func)
    if (
        (left is not None and name in EVALUATING and _is_queryset(left, querysets))
        or (name in INSTANCE_WRITES and orm.is_write(module, call))
        or name in INSTANCE_READS
        or (
            text in CONSUMERS and any(_is_queryset(arg, querysets) for arg in call.args)
        )
    ):
        yield module.finding(call, "DS065", f"`{text}()` runs a query")
    elif _is_layer_function(origin) or origin in QUERYING:
        yield module.finding(call, "DS065", f"`{text}()` may query and is not awaited")
    elif (blocking := starts_with(origin, tuple(BLOCKING))) and not (
        origin.startswith(HARMLESS)
    ):
        message = f"`{text}()` blocks the event loop; use {BLOCKING[blocking]}"
        yield module.finding(call, "DS066", message)


def _check_with(module: Module, node: ast.With) -> Iterator[Finding]:
    """Judge a synchronous ``with``.

    Args:
        module: The file.
        node: The statement.

    Yields:
        DS065.
    """
    for item in node.items:
        if module.dotted(item.context_expr).endswith("transaction.atomic"):
            yield module.finding(node, "DS065", "a transaction inside `async def`")


def _own_nodes(function: ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Walk over a function without the functions inside it.

    A nested function runs where it is called, in a thread for instance.

    Args:
        function: The function.

    Yields:
        Its nodes.
    """
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, (*FUNCTIONS, ast.Lambda))
        ]


def _is_awaited(module: Module, call: ast.Call) -> bool:
    """Tell whether a call, or the chain it is part of, is awaited.

    Args:
        module: The file.
        call: The call.

    Returns:
        True below ``await`` and in ``async for``.
    """
    return isinstance(module.parents.get(call), ast.Await)


def _is_queryset(node: ast.expr, names: set[str]) -> bool:
    """Tell whether an expression is a queryset.

    Args:
        node: The expression.
        names: Local names of querysets.

    Returns:
        True if it is, as far as one can see.
    """
    if isinstance(node, ast.Name):
        return node.id in names
    return orm.is_queryset(node) or (
        bool(orm.chain(node)) and orm.chain(node)[0] in names
    )


def _is_layer_function(origin: str) -> bool:
    """Tell whether a call goes to a synchronous service or selector.

    Args:
        origin: Dotted origin of what is called.

    Returns:
        True for functions of a services or selectors module.
    """
    parts = origin.split(".")
    return parts[0] == "apps" and bool({"services", "selectors"} & set(parts[1:-1]))
