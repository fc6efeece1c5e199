"""Which layer may do what."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from django_strict.rules.source import orm
from django_strict.rules.source.module import FUNCTIONS, methods

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Finding
    from django_strict.rules.source.module import Function, Module

HANDLERS: Final = {"get", "post", "put", "patch", "delete", "head", "options"} | {
    "list",
    "create",
    "retrieve",
    "update",
    "partial_update",
    "destroy",
}
MAX_STATEMENTS: Final = 10
QUERY_LAYERS: Final = {"selectors", "services", "models", "managers", "admin"}
WRITE_LAYERS: Final = {"services", "models", "managers"}
HTTP_FREE_LAYERS: Final = {
    "services",
    "selectors",
    "models",
    "managers",
    "tasks",
    "domain",
}
HTTP_MODULES: Final = (
    "django.http",
    "django.shortcuts",
    "django.urls",
    "django.views",
    "http.HTTPStatus",
    "rest_framework.exceptions",
    "rest_framework.generics",
    "rest_framework.request",
    "rest_framework.response",
    "rest_framework.status",
    "rest_framework.views",
    "rest_framework.viewsets",
)
# They write to the session and ask for the request: what calls them may take one.
SESSION_WRITERS: Final = {
    "django.contrib.auth.login",
    "django.contrib.auth.logout",
    "django.contrib.auth.update_session_auth_hash",
}
QUERYING_HELPERS: Final = (
    "django.shortcuts.get_object_or_404",
    "django.shortcuts.aget_object_or_404",
    "django.shortcuts.get_list_or_404",
    "django.apps.apps",
    "django.contrib.auth.get_user_model",
    "rest_framework.generics.get_object_or_404",
)
SERIALIZER_WRITES: Final = {"create", "update", "save", "delete"}


def starts_with(name: str, prefixes: tuple[str, ...]) -> str:
    """Find the module that a dotted name belongs to.

    Args:
        name: Dotted name.
        prefixes: Dotted modules.

    Returns:
        The module, or an empty string.
    """
    for prefix in prefixes:
        if name == prefix or name.startswith(f"{prefix}."):
            return prefix
    return ""


def check_views(module: Module) -> Iterator[Finding]:
    """Find models and queries in views.

    Args:
        module: The file.

    Yields:
        DS020.
    """
    if not module.is_product or module.layer != "views":
        return
    for node, origin, _ in module.imports:
        if ".models" in origin or starts_with(origin, ("django.db", *QUERYING_HELPERS)):
            yield module.finding(node, "DS020", f"a view imports `{origin}`")
    for manager in _managers(module):
        text = ast.unparse(manager)
        yield module.finding(manager, "DS020", f"a view queries through `{text}`")
    for call in module.calls:
        if set(orm.chain(call)) & orm.MANAGERS:
            continue
        if orm.is_queryset(call) or orm.is_write(module, call):
            text = ast.unparse(call.func)
            yield module.finding(call, "DS020", f"a view calls the ORM: `{text}()`")


def check_queries(module: Module) -> Iterator[Finding]:
    """Find queries outside of the layers that may have them.

    Serializers may name a queryset: DRF's relational fields and unique validators ask
    for one.

    Args:
        module: The file.

    Yields:
        DS021.
    """
    allowed = QUERY_LAYERS | {"views", "serializers"}
    if not module.is_product or module.layer in allowed:
        return
    for node in _managers(module):
        message = f"`{ast.unparse(node)}` is a query in {module.layer}.py"
        yield module.finding(node, "DS021", message)


def _managers(module: Module) -> list[ast.Attribute]:
    """List every use of a model's manager.

    Args:
        module: The file.

    Returns:
        Attributes such as ``Order.objects``.
    """
    return [
        node
        for node in module.nodes
        if isinstance(node, ast.Attribute) and node.attr in orm.MANAGERS
    ]


def check_writes(module: Module) -> Iterator[Finding]:
    """Find writes outside of services and managers.

    Args:
        module: The file.

    Yields:
        DS022, DS023 in serializers, DS024 in selectors; views have DS020.
    """
    if not module.is_product or module.layer in WRITE_LAYERS | {"views"}:
        return
    rule = {"serializers": "DS023", "selectors": "DS024"}.get(module.layer, "DS022")
    for call in module.calls:
        if orm.is_write(module, call):
            text = ast.unparse(call.func)
            message = f"`{text}()` writes to the database in {module.layer}.py"
            yield module.finding(call, rule, message)


def check_serializers(module: Module) -> Iterator[Finding]:
    """Find serializers that do more than validate and transform.

    Args:
        module: The file.

    Yields:
        DS023 and DS032.
    """
    if not module.is_product or module.layer != "serializers":
        return
    for definition in module.classes:
        for function in methods(definition):
            if function.name in SERIALIZER_WRITES:
                message = (
                    f"`{definition.name}.{function.name}` makes a serializer write"
                )
                yield module.finding(function, "DS023", message)
    for node, origin, _ in module.imports:
        last = origin.split(".")[:4]
        if origin.startswith("apps.") and {"services", "tasks"} & set(last):
            yield module.finding(node, "DS032", f"a serializer imports `{origin}`")


def check_http(module: Module) -> Iterator[Finding]:
    """Find HTTP below the views.

    Args:
        module: The file.

    Yields:
        DS025.
    """
    core_http = module.app == "core" and module.layer not in HTTP_FREE_LAYERS
    if not module.is_product or core_http or module.layer not in HTTP_FREE_LAYERS:
        return
    for node, origin, _ in module.imports:
        if starts_with(origin, HTTP_MODULES):
            message = f"{module.layer}.py imports `{origin}`, which is HTTP"
            yield module.finding(node, "DS025", message)
    for function in module.functions:
        arguments = function.args
        for argument in (
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
        ):
            annotation = ast.unparse(argument.annotation) if argument.annotation else ""
            is_request = argument.arg == "request" or "HttpRequest" in annotation
            if is_request and not _only_passed_on(module, function, argument.arg):
                message = f"`{function.name}` takes a request"
                yield module.finding(argument, "DS025", message)


def _only_passed_on(module: Module, function: Function, name: str) -> bool:
    """Tell whether a request is used for Django's own session functions alone.

    Args:
        module: The file.
        function: The function that takes the request.
        name: Its argument.

    Returns:
        True if each use is the first argument of one of them, and there is one.
    """
    uses = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id == name
    ]
    passed = [
        node.args[0]
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and node.args
        and module.dotted(node.func) in SESSION_WRITERS
    ]
    return bool(uses) and all(use in passed for use in uses)


def check_fat_views(module: Module) -> Iterator[Finding]:
    """Find logic in view methods.

    Args:
        module: The file.

    Yields:
        DS031.
    """
    if not module.is_product or module.layer != "views":
        return
    for definition in module.classes:
        for function in methods(definition):
            if function.name in HANDLERS or "request" in _argument_names(function):
                yield from _fat(module, function)
    for node in module.tree.body:
        if isinstance(node, FUNCTIONS) and "request" in _argument_names(node):
            yield from _fat(module, node)


def _fat(
    module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[Finding]:
    """Judge one view.

    Args:
        module: The file.
        function: The view.

    Yields:
        DS031.
    """
    statements = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
    count = len(statements) - 2  # the function itself and its docstring
    if count > MAX_STATEMENTS:
        message = (
            f"`{function.name}` has {count} statements; {MAX_STATEMENTS} are the most"
        )
        yield module.finding(function, "DS031", message)
    kinds = ast.For | ast.AsyncFor | ast.While | ast.Try | ast.TryStar
    for node in statements:
        if isinstance(node, kinds):
            word = (
                type(node).__name__.removeprefix("Async").removesuffix("Star").lower()
            )
            yield module.finding(
                node, "DS031", f"`{word}` in the view `{function.name}`"
            )


def _argument_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """List the arguments of a function.

    Args:
        function: The function.

    Returns:
        Their names.
    """
    return {argument.arg for argument in function.args.args}
