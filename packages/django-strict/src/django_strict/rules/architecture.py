"""Section 3: architecture."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import rule
from django_strict.rules.module import (
    FUNCTIONS,
    MANAGERS,
    Function,
    argument_names,
    chain,
    is_queryset,
    methods,
    starts_with,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Problem
    from django_strict.rules.module import Function, Module

HANDLERS: Final = {
    *("get", "post", "put", "patch", "delete", "head", "options"),
    *("list", "create", "retrieve", "update", "partial_update", "destroy"),
}
MAX_STATEMENTS: Final = 10
WRITE_LAYERS: Final = {"services", "models", "managers"}
# Serializers may name a queryset: DRF's relational fields and unique validators ask for
# one. Views have a rule of their own.
QUERY_LAYERS: Final = {*WRITE_LAYERS, "selectors", "admin", "views", "serializers"}
HTTP_FREE_LAYERS: Final = {*WRITE_LAYERS, "selectors", "tasks", "domain"}
# They write to the session and ask for the request: what calls them may take one.
SESSION_WRITERS: Final = {
    "django.contrib.auth.login",
    "django.contrib.auth.logout",
    "django.contrib.auth.update_session_auth_hash",
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
QUERYING_HELPERS: Final = (
    "django.db",
    "django.shortcuts.get_object_or_404",
    "django.shortcuts.aget_object_or_404",
    "django.shortcuts.get_list_or_404",
    "django.apps.apps",
    "django.contrib.auth.get_user_model",
    "rest_framework.generics.get_object_or_404",
)
# Of DRF's mixins, generic views and sets of views.
SAVES: Final = re.compile(r"^ModelViewSet$|(Create|Update|Destroy).*(Mixin|APIView)$")
SERIALIZER_WRITES: Final = {"create", "update", "save", "delete"}


@rule(
    "DS020",
    title="Views touch no model and no query.",
    why="Views are HTTP; a query in a view cannot be reused, tested alone or optimised in one place.",
    fix="Move reads to selectors.py and writes to services.py, and call those; import models for types only, under TYPE_CHECKING.",
    enforced_by=("import-linter Views reach data through services and selectors",),
    where="apps/orders/views.py",
    bad="""
from apps.orders.models import Order

ORDERS = Order.objects.all()
""",
    good="""
from apps.orders import selectors

ORDERS = selectors.order_list()
""",
)
def views_touch_no_model(module: Module) -> Iterator[Problem]:
    """Look at imports, managers and calls of the ORM."""
    if not module.is_product or module.layer != "views":
        return
    for node, origin, _ in module.imports:
        if ".models" in origin or starts_with(origin, QUERYING_HELPERS):
            yield module.at(node, f"a view imports `{origin}`")
    for manager in module.managers:
        yield module.at(manager, f"a view queries through `{ast.unparse(manager)}`")
    for call in module.calls:
        if set(chain(call)) & MANAGERS:
            continue
        if is_queryset(call) or module.is_write(call):
            yield module.at(call, f"a view calls the ORM: `{ast.unparse(call.func)}()`")


@rule(
    "DS021",
    title="Queries stand in selectors, services, models and the admin.",
    why="A query elsewhere is found by nobody who changes the schema.",
    fix="Move the query to selectors.py and call that; if it writes, see DS022.",
    waivable=True,
    where="apps/orders/permissions.py",
    bad="""
from apps.orders.models import Order

OPEN = Order.objects.filter(open=True)
""",
    good="""
from apps.orders import selectors

OPEN = selectors.order_list()
""",
)
def queries_stand_where_they_are_looked_for(module: Module) -> Iterator[Problem]:
    """Find managers in other layers."""
    if module.is_product and module.layer not in QUERY_LAYERS:
        for node in module.managers:
            message = f"`{ast.unparse(node)}` is a query in {module.layer}.py"
            yield module.at(node, message)


def _writes(module: Module) -> Iterator[Problem]:
    """Find all writes of a file of the product."""
    for call in module.calls if module.is_product else ():
        if module.is_write(call):
            text = ast.unparse(call.func)
            message = f"`{text}()` writes to the database in {module.layer}.py"
            yield module.at(call, message)


@rule(
    "DS022",
    title="Writes stand in services (and in a model's own manager).",
    why="One place decides about transactions, validation and side effects.",
    fix="Move the write to services.py and call that; tasks, which services start, call a classmethod of the model instead, such as `Order.delete_old()`.",
    waivable=True,
    where="apps/orders/tasks.py",
    bad='''
def close(order: "Order") -> None:
    """Close an order."""
    order.save()
''',
    good='''
from apps.orders import services


def close(order: "Order") -> None:
    """Close an order."""
    services.order_close(order=order)
''',
)
def writes_stand_in_services(module: Module) -> Iterator[Problem]:
    """Views, serializers and selectors have rules of their own."""
    if module.layer not in WRITE_LAYERS | {"views", "serializers", "selectors"}:
        yield from _writes(module)


@rule(
    "DS023",
    title="Serializers validate and transform; they never write.",
    why="A write in a serializer runs outside of the service that guards it.",
    fix="Delete create(), update() and save(); call a service from the view with `serializer.validated_data`.",
    where="apps/orders/serializers.py",
    bad='''
from rest_framework import serializers


class OrderSerializer(serializers.Serializer[dict[str, int]]):
    """An order."""

    def create(self, validated_data: dict[str, int]) -> object:
        """Create an order."""
        return validated_data
''',
    good='''
from rest_framework import serializers


class OrderSerializer(serializers.Serializer[dict[str, int]]):
    """An order."""

    amount = serializers.IntegerField(min_value=1)
''',
)
def serializers_never_write(module: Module) -> Iterator[Problem]:
    """Find the methods through which DRF writes, and calls of the ORM."""
    if not module.is_product or module.layer != "serializers":
        return
    for definition in module.classes:
        for function in methods(definition):
            if function.name in SERIALIZER_WRITES:
                name = f"{definition.name}.{function.name}"
                yield module.at(function, f"`{name}` makes a serializer write")
    yield from _writes(module)


@rule(
    "DS024",
    title="Selectors read; they never write.",
    why="Who calls a selector relies on nothing having changed.",
    fix="Move the write to services.py.",
    where="apps/orders/selectors.py",
    bad='''
from apps.orders.models import Order


def order_get(*, order_id: int) -> Order:
    """Find an order."""
    order, _ = Order.objects.get_or_create(pk=order_id)
    return order
''',
    good='''
from apps.orders.models import Order


def order_get(*, order_id: int) -> Order:
    """Find an order."""
    return Order.objects.get(pk=order_id)
''',
)
def selectors_never_write(module: Module) -> Iterator[Problem]:
    """Find calls of the ORM that write."""
    if module.layer == "selectors":
        yield from _writes(module)


@rule(
    "DS025",
    title="Nothing below the views knows HTTP.",
    why="Services run from commands, tasks and tests too, where there is no request.",
    fix="Pass plain values instead of the request; raise an error of apps.core.domain instead of an HTTP one. Only what calls login(), logout() or update_session_auth_hash() may hand a request on to them.",
    where="apps/orders/services.py",
    bad='''
from rest_framework.exceptions import NotFound


def order_ship() -> None:
    """Ship an order."""
    raise NotFound
''',
    good='''
from apps.core.domain import NotFoundError


def order_ship() -> None:
    """Ship an order."""
    raise NotFoundError
''',
)
def http_ends_at_the_views(module: Module) -> Iterator[Problem]:
    """Look at imports and at arguments that are a request."""
    if not module.is_product or module.layer not in HTTP_FREE_LAYERS:
        return
    for node, origin, _ in module.imports:
        if starts_with(origin, HTTP_MODULES):
            message = f"{module.layer}.py imports `{origin}`, which is HTTP"
            yield module.at(node, message)
    for function in module.functions:
        spec = function.args
        for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
            annotation = ast.unparse(argument.annotation) if argument.annotation else ""
            is_request = argument.arg == "request" or "HttpRequest" in annotation
            if is_request and not _only_passed_on(module, function, argument.arg):
                yield module.at(argument, f"`{function.name}` takes a request")


def _only_passed_on(module: Module, function: Function, name: str) -> bool:
    """Tell whether a request is used for Django's own session functions alone.

    Args:
        module: The file.
        function: The function that takes the request.
        name: Its argument.

    Returns:
        True if each use is the first argument of one of them, and there is one.
    """
    nodes = list(ast.walk(function))
    uses = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
    passed = [
        node.args[0]
        for node in nodes
        if isinstance(node, ast.Call)
        and node.args
        and module.dotted(node.func) in SESSION_WRITERS
    ]
    return bool(uses) and all(use in passed for use in uses)


rule(
    "DS026",
    title="Layers import downwards only: urls, views, serializers, services, tasks, selectors, models.",
    why="A layer that knows the one above cannot be used without it.",
    fix="Move the import, or the code that needs it, to the higher layer.",
    enforced_by=("import-linter Layers inside each app",),
    where="apps/orders/models.py",
    bad="from apps.orders import services",
    good="from apps.orders import models",
)
rule(
    "DS027",
    title="Apps are independent of each other; shared code lives in the core.",
    why="Apps that import each other cannot be changed, tested or removed alone.",
    fix="Move what both need to apps/core, or refer to the model by its name, as in settings.AUTH_USER_MODEL.",
    enforced_by=("import-linter Apps are independent of each other",),
    where="apps/orders/services.py",
    bad="from apps.users.models import User",
    good="""
from django.conf import settings

OWNER = settings.AUTH_USER_MODEL
""",
)
rule(
    "DS028",
    title="The core imports no other app.",
    why="Every app imports the core; a way back would be a circle.",
    fix="Move the code that needs the app into that app.",
    enforced_by=("import-linter The core knows no other app",),
    where="apps/core/pagination.py",
    bad="from apps.users import selectors",
    good="from django_strict_asgi.pagination import PageOrCursorPagination",
)
rule(
    "DS029",
    title="Apps never import the configuration.",
    why="Apps read `django.conf.settings`, which tests can override.",
    fix="Use `from django.conf import settings`.",
    enforced_by=("import-linter Apps never import the configuration",),
    where="apps/orders/services.py",
    bad="from config import env",
    good="from django.conf import settings",
)
rule(
    "DS030",
    title="What runs in production never imports the development tools.",
    why="Development packages are not in the image; the import fails there and nowhere else.",
    fix="Move the code you need into apps/core or config.",
    enforced_by=("import-linter Production code never imports the development tools",),
    where="apps/orders/services.py",
    bad="from django_strict import gate",
    good="from apps.core import domain",
)


@rule(
    "DS031",
    title="A view method parses, calls one service or selector and responds.",
    why="Loops, `try` and many statements in a view are business logic in the wrong place.",
    fix="Move the logic to a service or selector; domain errors need no `try`, the exception handler maps them.",
    waivable=True,
    where="apps/orders/views.py",
    bad='''
from rest_framework.views import APIView


class OrderView(APIView):
    """Orders."""

    permission_classes = ()
    authentication_classes = ()

    def get(self, request: "Request") -> None:
        """List orders."""
        for name in request.GET:
            del name
''',
    good='''
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.orders import selectors


class OrderView(APIView):
    """Orders."""

    permission_classes = ()
    authentication_classes = ()

    def get(self, request: "Request") -> Response:
        """List orders."""
        del request
        return Response(selectors.order_list())
''',
)
def views_are_thin(module: Module) -> Iterator[Problem]:
    """Judge methods of views and functions that take a request; elsewhere, views."""
    for function in _handlers(module) if module.is_product else ():
        yield from _logic(module, function)


def _handlers(module: Module) -> Iterator[Function]:
    """List what answers requests."""
    if module.layer != "views":
        yield from module.view_functions
        return
    for definition in module.classes:
        for function in methods(definition):
            if function.name in HANDLERS or "request" in argument_names(function):
                yield function
    for node in module.tree.body:
        if isinstance(node, FUNCTIONS) and "request" in argument_names(node):
            yield node


def _logic(module: Module, function: Function) -> Iterator[Problem]:
    """Find loops, ``try`` and too many statements."""
    statements = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
    name = function.name
    count = len(statements) - 2  # the function itself and its docstring
    if count > MAX_STATEMENTS:
        message = f"`{name}` has {count} statements; {MAX_STATEMENTS} are the most"
        yield module.at(function, message)
    for node in statements:
        if isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.Try | ast.TryStar):
            word = type(node).__name__.removeprefix("Async").removesuffix("Star")
            yield module.at(node, f"`{word.lower()}` in the view `{name}`")


@rule(
    "DS032",
    title="Serializers call no service and no task.",
    why="Validation runs at times and places where business logic must not run.",
    fix="Call the service from the view, with `serializer.validated_data`.",
    where="apps/orders/serializers.py",
    bad="from apps.orders import services",
    good="from apps.orders.models import Order",
)
def serializers_call_nobody(module: Module) -> Iterator[Problem]:
    """Find imports of services and tasks."""
    if not module.is_product or module.layer != "serializers":
        return
    for node, origin, _ in module.imports:
        is_app = origin.startswith("apps.")
        if is_app and {"services", "tasks"} & set(origin.split(".")[2:4]):
            yield module.at(node, f"a serializer imports `{origin}`")


@rule(
    "DS033",
    title="API views write through services: no ModelViewSet, no generic view that saves.",
    why="DRF's saves through its serializer, past the service that validates, guards and commits; what only reads, a ViewSet with methods of its own too, is welcome.",
    fix="Write the methods as APIView or ViewSet and call services in them; `uv run poe startapp NAME --fields ...` writes such views.",
    where="apps/orders/views.py",
    bad="""
from rest_framework.viewsets import ModelViewSet


class OrderViewSet(ModelViewSet):
    \"\"\"Orders.\"\"\"

    permission_classes = ()
    authentication_classes = ()
""",
    good="""
from rest_framework.viewsets import ReadOnlyModelViewSet


class OrderViewSet(ReadOnlyModelViewSet):
    \"\"\"Orders.\"\"\"

    permission_classes = ()
    authentication_classes = ()
""",
)
def views_save_nothing_themselves(module: Module) -> Iterator[Problem]:
    """Find DRF's classes that create, update or destroy."""
    for definition in module.classes if module.is_product else ():
        for base in definition.bases:
            node = base.value if isinstance(base, ast.Subscript) else base
            origin = module.dotted(node)
            name = origin.rpartition(".")[2]
            if origin.startswith("rest_framework.") and SAVES.search(name):
                message = f"`{definition.name}` inherits {name}, which writes by itself"
                yield module.at(definition, message)
