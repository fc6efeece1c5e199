"""What an expression is worth, as far as its own file tells: names, aliases, texts."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.module import Module

DEPTH: Final = 6
# Stands in a text for a part that is known only when it runs.
UNKNOWN: Final = "\0"
IMPORTERS: Final = ("importlib.import_module", "builtins.__import__", "__import__")
# Methods that leave a text what it is, as far as a reader is concerned.
KEEPING: Final = {
    *("casefold", "decode", "encode", "format", "format_map", "lower", "lstrip"),
    *("removeprefix", "removesuffix", "replace", "rstrip", "strip", "upper"),
}
WRAPPERS: Final = {"str", "bytes", "bytearray", "dedent", "cleandoc", "SecretStr"}


@functools.cache
def bindings(module: Module) -> dict[str, list[ast.expr]]:
    """List the values that each plain name of a file is bound to.

    Args:
        module: The file.

    Returns:
        Expressions by name, those of ``with`` and of tuples among them.
    """
    found: dict[str, list[ast.expr]] = {}
    for node in module.nodes:
        for target, value in pairs(node):
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(value)
    return found


@functools.cache
def imported(module: Module) -> dict[str, str]:
    """List what the imports of a file bind.

    Args:
        module: The file.

    Returns:
        Dotted origins by name, followed through the project's own modules.
    """
    bound: dict[str, str] = {}
    for _, source, name in module.imports:
        # `import a.b` binds `a` alone.
        head = source.partition(".")[0] if name == source else ""
        bound[head or name] = head or _followed(module, source, name)
    return bound


def _followed(module: Module, source: str, name: str) -> str:
    """Look where another module of the project has a name from."""
    if not source.startswith(("apps.", "config.")):
        return source
    return module.dotted(ast.Name(id=name, ctx=ast.Load())) or source


def pairs(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """List what a statement or expression binds.

    Args:
        node: Any node.

    Yields:
        Target and value; a tuple of as many targets as values one by one.
    """
    if isinstance(node, ast.withitem) and node.optional_vars:
        yield node.optional_vars, node.context_expr
    if isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.AugAssign) and node.value:
        yield node.target, node.value
    for target in node.targets if isinstance(node, ast.Assign) else ():
        yield from _unpacked(target, node.value)  # type: ignore[attr-defined]


def _unpacked(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Pair the parts of tuples of one length."""
    both = (target, value)
    if all(isinstance(one, ast.Tuple | ast.List) for one in both):
        targets, values = (one.elts for one in both)  # type: ignore[attr-defined]
        if len(targets) == len(values):
            for each in zip(targets, values, strict=True):
                yield from _unpacked(*each)
            return
    yield target, value


# One branch for each kind of node, here and below: apart they would be harder to read.
def origin(  # noqa: C901, PLR0911
    module: Module, node: ast.AST | None, depth: int = DEPTH
) -> str:
    """Name what an expression refers to, seen through imports, variables and getattr.

    Args:
        module: The file.
        node: Any expression.
        depth: How many variables are followed.

    Returns:
        A dotted name such as ``os.environ``; calls and subscripts on the way are left
        out; empty when it is something else.
    """
    if depth == 0 or node is None:
        return ""
    follow = functools.partial(origin, module, depth=depth - 1)
    match node:
        case ast.Name(id=name):
            if name in imported(module):
                return imported(module)[name]
            values = bindings(module).get(name, [])
            return next((one for one in map(follow, values) if one), name)
        case ast.Attribute(value=value, attr=name):
            head = origin(module, value, depth)
            return f"{head}.{name}" if head else ""
        case ast.Call():
            return _called(module, node, depth)
        case ast.Subscript(value=value, slice=ast.Constant(value=str(name))):
            head = origin(module, value, depth)
            if head == "sys.modules":
                return name
            if head.endswith(".__dict__") or _is_vars(value):
                return f"{head.removesuffix('.__dict__')}.{name}"
            return head
        case ast.Subscript(value=value) | ast.Await(value=value):
            return origin(module, value, depth)
        case ast.NamedExpr(value=value) | ast.Starred(value=value):
            return origin(module, value, depth)
        case ast.IfExp(body=value) | ast.BoolOp(values=[value, *_]):
            return origin(module, value, depth)
    return ""


def _is_vars(node: ast.expr) -> bool:
    """Recognise ``vars(something)``."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "vars"


def _called(module: Module, call: ast.Call, depth: int) -> str:
    """Name what a call returns: what getattr and import_module look up, or the function."""
    name = origin(module, call.func, depth)
    texts = [text_of(module, argument) for argument in call.args]
    if name in IMPORTERS and texts:
        return texts[0]
    if name in {"getattr", "builtins.getattr"} and len(texts) > 1:
        return f"{origin(module, call.args[0], depth)}.{texts[1]}"
    if name in {"vars", "builtins.vars"} and call.args:
        return origin(module, call.args[0], depth)
    return name


def text_of(  # noqa: C901, PLR0911, PLR0912
    module: Module, node: ast.AST | None, depth: int = DEPTH
) -> str:
    """Put a text together that is written in parts.

    Args:
        module: The file.
        node: Any expression.
        depth: How many variables are followed.

    Returns:
        The text, with ``UNKNOWN`` for parts that the file does not tell; empty when the
        expression is no text at all.
    """
    if depth == 0 or node is None:
        return UNKNOWN
    text = functools.partial(text_of, module, depth=depth - 1)
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.Constant(value=bytes(value)):
            return value.decode("utf-8", "replace")
        case ast.Constant(value=int(value)):
            return str(value)
        case ast.Constant():
            return ""
        case ast.JoinedStr(values=parts):
            return "".join(map(text, parts))
        case ast.FormattedValue(value=value):
            return text(value) or UNKNOWN
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text(left) + text(right)
        case ast.BinOp(left=left, op=ast.Mod()):
            return text(left)
        case ast.Call(func=ast.Attribute(value=joint, attr="join"), args=[parts]):
            is_list = isinstance(parts, ast.List | ast.Tuple)
            elements = parts.elts if is_list else []  # type: ignore[attr-defined]
            return text(joint).join(map(text, elements)) if elements else UNKNOWN
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in KEEPING:
            return text(value)
        case ast.Call(func=func, args=[value, *_]) if (
            ast.unparse(func).rpartition(".")[2] in WRAPPERS
        ):
            return text(value)
        case ast.Name(id=name):
            values = bindings(module).get(name, [])
            return text(values[0]) if len(values) == 1 else UNKNOWN
    return UNKNOWN
