"""Exceptions that reach clients, and loggers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Finding
    from django_strict.rules.source.module import Module

RESPONSES: Final = ("Response", "HttpResponseBadRequest", "HttpResponseServerError")
TRACEBACKS: Final = (
    "traceback.format_exc",
    "traceback.format_exception",
    "traceback.print_exc",
)
ROOT_LOGGING: Final = {
    f"logging.{name}"
    for name in ("debug", "info", "warning", "error", "exception", "critical", "log")
}


def check_leaks(module: Module) -> Iterator[Finding]:
    """Find answers that hold an exception's text.

    Args:
        module: The file.

    Yields:
        DS077.
    """
    if not module.is_product:
        return
    for call in module.calls:
        if module.dotted(call.func) in TRACEBACKS:
            text = ast.unparse(call.func)
            yield module.finding(call, "DS077", f"`{text}()` renders a stack trace")
    for handler in module.nodes:
        if isinstance(handler, ast.ExceptHandler) and handler.name:
            yield from _leaks_of(module, handler, handler.name)


def _leaks_of(
    module: Module, handler: ast.ExceptHandler, name: str
) -> Iterator[Finding]:
    """Find answers inside an ``except`` that mention its exception.

    Args:
        module: The file.
        handler: The ``except``.
        name: Name of the exception there.

    Yields:
        DS077.
    """
    for call in ast.walk(handler):
        if not isinstance(call, ast.Call):
            continue
        target = module.dotted(call.func).rpartition(".")[2]
        if not target.endswith(RESPONSES) and target != "error_response":
            continue
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        used = {
            node.id
            for value in values
            for node in ast.walk(value)
            if isinstance(node, ast.Name)
        }
        if name in used:
            message = f"the answer holds the text of the exception `{name}`"
            yield module.finding(call, "DS077", message)


def check_loggers(module: Module) -> Iterator[Finding]:
    """Find loggers with other names than the module's.

    Args:
        module: The file.

    Yields:
        DS079.
    """
    if module.is_test:
        return
    for call in module.calls:
        origin = module.dotted(call.func)
        if origin in ROOT_LOGGING:
            text = ast.unparse(call.func)
            yield module.finding(call, "DS079", f"`{text}()` uses the root logger")
        if origin == "logging.getLogger" and not _names_the_module(call):
            text = ast.unparse(call)
            yield module.finding(call, "DS079", f"`{text}` has a name of its own")


def _names_the_module(call: ast.Call) -> bool:
    """Tell ``getLogger(__name__)`` from other calls of it.

    Args:
        call: A call of getLogger.

    Returns:
        True if its only argument is ``__name__``.
    """
    return (
        len(call.args) == 1
        and isinstance(call.args[0], ast.Name)
        and call.args[0].id == "__name__"
    )
