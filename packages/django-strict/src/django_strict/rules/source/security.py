"""Raw SQL, mass assignment, CSRF, and views that declare who may call them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from django_strict.rules.source import orm
from django_strict.rules.source.module import FUNCTIONS, assigned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Finding
    from django_strict.rules.source.module import Module

RAW_CLASSES: Final = ("RawSQL",)
SQL: Final = re.compile(r"\s*(select|with|insert|update|delete)\b", re.IGNORECASE)
EXTRA_OPTIONS: Final = {"select", "where", "tables", "params", "select_params"}
CURSOR_METHODS: Final = {"execute", "executemany", "callproc", "copy"}
CSRF_EXEMPT: Final = "csrf_exempt"
DECLARATIONS: Final = ("permission_classes", "authentication_classes")
API_VIEW: Final = "rest_framework.decorators.api_view"
VIEW_PACKAGES: Final = ("rest_framework.", "drf_spectacular.views.")
VIEW_ENDINGS: Final = ("APIView", "ViewSet", "GenericViewSet")


def check_raw_sql(module: Module) -> Iterator[Finding]:
    """Find SQL that walks past the ORM.

    Tests may use it: some of them are about the database itself.

    Args:
        module: The file.

    Yields:
        DS060.
    """
    if module.is_test:
        return
    for node, origin, _ in module.imports:
        if origin.endswith(RAW_CLASSES):
            name = origin.rpartition(".")[2]
            yield module.finding(node, "DS060", f"`{name}` is imported for raw SQL")
    cursors = _cursors(module)
    for call in module.calls:
        if _is_raw(module, call, cursors):
            text = ast.unparse(call.func)
            yield module.finding(call, "DS060", f"`{text}()` is raw SQL")


def _is_raw(module: Module, call: ast.Call, cursors: set[str]) -> bool:
    """Tell whether a call takes or runs SQL.

    Args:
        module: The file.
        call: The call.
        cursors: Local names of cursors.

    Returns:
        True for ``RawSQL``, ``RunSQL``, ``.raw()``, ``.extra()`` and cursors.
    """
    if module.dotted(call.func).endswith((*RAW_CLASSES, "migrations.RunSQL")):
        return True
    name = orm.method(call)
    left = orm.receiver(call)
    if left is None:
        return False
    words = {word.arg for word in call.keywords}
    return (
        (name in {"raw", "extra"} and orm.is_queryset(left))
        or (name == "raw" and _takes_sql(call))
        or (name == "extra" and bool(words & EXTRA_OPTIONS))
        or (name in CURSOR_METHODS and _is_cursor(left, cursors))
        or (name == "cursor" and "connection" in ast.unparse(left))
    )


def _takes_sql(call: ast.Call) -> bool:
    """Tell whether a call is given SQL.

    Args:
        call: The call.

    Returns:
        True when its first argument is a text that begins like SQL.
    """
    first = call.args[0] if call.args else None
    return (
        isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and SQL.match(first.value) is not None
    )


def _cursors(module: Module) -> set[str]:
    """List the names that a cursor is bound to.

    Args:
        module: The file.

    Returns:
        Local names, and those that always mean a cursor.
    """
    names = {"cursor", "cur"}
    for node in module.nodes:
        value: ast.expr | None = None
        target: ast.expr | None = None
        if isinstance(node, ast.withitem):
            value, target = node.context_expr, node.optional_vars
        elif isinstance(node, ast.Assign):
            value, target = node.value, node.targets[0]
        if (
            isinstance(value, ast.Call)
            and orm.method(value) == "cursor"
            and isinstance(target, ast.Name)
        ):
            names.add(target.id)
    return names


def _is_cursor(node: ast.expr, names: set[str]) -> bool:
    """Tell whether an expression is a database cursor.

    Args:
        node: The expression.
        names: Names that are bound to one.

    Returns:
        True for these names and for ``connection.cursor()``.
    """
    last = node
    if isinstance(last, ast.Call):
        return orm.method(last) == "cursor"
    if isinstance(last, ast.Attribute):
        return last.attr in names
    return isinstance(last, ast.Name) and last.id in names


def check_fields(module: Module) -> Iterator[Finding]:
    """Find serializers and forms that take all fields of a model.

    Args:
        module: The file.

    Yields:
        DS061.
    """
    if not module.is_product:
        return
    for definition in module.classes:
        if definition.name != "Meta":
            continue
        values = assigned(definition)
        fields = values.get("fields")
        if fields is not None and not isinstance(fields, ast.List | ast.Tuple):
            text = ast.unparse(fields)
            if "__all__" in text or "ALL_FIELDS" in text:
                yield module.finding(fields, "DS061", f"`fields = {text}`")
        if "exclude" in values:
            yield module.finding(
                values["exclude"], "DS061", "`exclude` lets every new field through"
            )


def check_csrf(module: Module) -> Iterator[Finding]:
    """Find views without CSRF protection.

    Args:
        module: The file.

    Yields:
        DS063.
    """
    for node, origin, _ in module.imports:
        if origin.endswith(f".{CSRF_EXEMPT}"):
            yield module.finding(node, "DS063", f"`{origin}` is imported")
    for use in module.nodes:
        if isinstance(use, ast.Attribute) and use.attr == CSRF_EXEMPT:
            message = f"`{ast.unparse(use)}` switches CSRF protection off"
            yield module.finding(use, "DS063", message)


def check_declarations(module: Module) -> Iterator[Finding]:
    """Find API views that rely on the defaults.

    Args:
        module: The file.

    Yields:
        DS058 and DS062.
    """
    if module.is_test:
        return
    for definition in module.classes:
        values = assigned(definition)
        # A mixin is no view; the views that use it are judged.
        is_mixin = definition.name.endswith("Mixin")
        if not is_mixin and _is_api_view(module, definition):
            for name in DECLARATIONS:
                if name not in values:
                    message = f"`{definition.name}` declares no {name}"
                    yield module.finding(definition, "DS058", message)
        throttles = values.get("throttle_classes")
        if isinstance(throttles, ast.List | ast.Tuple) and not throttles.elts:
            message = f"`{definition.name}` switches throttling off"
            yield module.finding(throttles, "DS062", message)
    for function in module.functions:
        yield from _check_function_view(module, function)


def _is_api_view(module: Module, definition: ast.ClassDef) -> bool:
    """Tell whether a class is an API view.

    Args:
        module: The file.
        definition: The class.

    Returns:
        True when a base comes from DRF, is named like a view, or is such a class of
        this file or of another app's views.
    """
    names = {local.name: local for local in module.classes}
    for base in definition.bases:
        origin = module.dotted(base)
        last = origin.rpartition(".")[2]
        if origin.startswith(VIEW_PACKAGES) and last.endswith("View"):
            return True
        if last.endswith(VIEW_ENDINGS):
            return True
        if origin.startswith("apps.") and ".views." in origin and last.endswith("View"):
            return True
        local = names.get(origin)
        if local and local is not definition and _is_api_view(module, local):
            return True
    return False


def _check_function_view(
    module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[Finding]:
    """Judge a function that may be an API view.

    Args:
        module: The file.
        function: The function.

    Yields:
        DS058.
    """
    names = [module.dotted(decorator) for decorator in function.decorator_list]
    if not any(name == API_VIEW or name.endswith(".api_view") for name in names):
        return
    for declaration in DECLARATIONS:
        if not any(name.endswith(f".{declaration}") for name in names):
            message = f"`{function.name}` declares no {declaration}"
            yield module.finding(function, "DS058", message)


def check_async_views(module: Module) -> Iterator[Finding]:
    """Find API views, middleware and signal receivers with ``async def``.

    Args:
        module: The file.

    Yields:
        DS070 and DS071.
    """
    if module.is_test:
        return
    functions = [
        node for node in module.nodes if isinstance(node, ast.AsyncFunctionDef)
    ]
    for function in functions:
        parent = module.parents[function]
        if isinstance(parent, ast.ClassDef):
            yield from _check_async_method(module, parent, function)
        names = [module.dotted(decorator) for decorator in function.decorator_list]
        if any(name.endswith("api_view") for name in names):
            message = f"`{function.name}` is `async def` under @api_view"
            yield module.finding(function, "DS070", message)
        if any(name.endswith("dispatch.receiver") for name in names):
            message = f"the signal receiver `{function.name}` is `async def`"
            yield module.finding(function, "DS071", message)


def _check_async_method(
    module: Module, definition: ast.ClassDef, method: ast.AsyncFunctionDef
) -> Iterator[Finding]:
    """Judge an async method.

    Args:
        module: The file.
        definition: Its class.
        method: The method.

    Yields:
        DS070 and DS071.
    """
    name = f"{definition.name}.{method.name}"
    if _is_api_view(module, definition):
        yield module.finding(method, "DS070", f"`{name}` is `async def` in a DRF view")
    elif _takes_a_request(method) and not _declares_async(definition):
        message = f"the middleware `{definition.name}` is async alone"
        yield module.finding(method, "DS071", message)


def _takes_a_request(method: ast.AsyncFunctionDef) -> bool:
    """Tell a middleware's call from that of an ASGI application.

    Args:
        method: The method.

    Returns:
        True for ``__call__(self, request)``.
    """
    names = [argument.arg for argument in method.args.args]
    return method.name == "__call__" and names == ["self", "request"]


def _declares_async(definition: ast.ClassDef) -> bool:
    """Tell whether a class also has a synchronous way.

    Args:
        definition: A middleware class.

    Returns:
        True when it says so itself.
    """
    values = assigned(definition)
    return "sync_capable" in values or any(
        isinstance(child, FUNCTIONS) and child.name == "__acall__"
        for child in definition.body
    )
