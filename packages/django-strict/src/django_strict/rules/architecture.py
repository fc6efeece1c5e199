"""Section 3: architecture."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from django_strict.rules.index import Question, reached
from django_strict.rules.model import rule
from django_strict.rules.module import (
    FUNCTIONS,
    MANAGERS,
    Function,
    argument_names,
    assigned,
    chain,
    is_queryset,
    is_serializer,
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
# What only services start, and what to call it.
SIDE_EFFECTS: Final = (
    (tuple(SESSION_WRITERS), "writes a session"),
    (("django.core.mail",), "sends mail"),
    (
        ("django.db.transaction", "django.db.connection", "django.db.connections"),
        "talks to the database",
    ),
    (
        tuple(name for name in QUERYING_HELPERS if name != "django.db"),
        "asks the database",
    ),
)
# Of DRF's mixins, generic views and sets of views.
SAVES: Final = re.compile(r"^ModelViewSet$|(Create|Update|Destroy).*(Mixin|APIView)$")
# Each has a rule of its own, or is what DRF calls and not the view.
LAYERS_OF_THEIR_OWN: Final = {
    *("services", "selectors", "serializers", "views", "pagination", "filters"),
    *("permissions", "throttling", "authentication", "backends", "middleware"),
    *("exceptions", "schema"),
}
# They narrow the queryset that they are given.
NARROWING_LAYERS: Final = {"pagination", "filters", "filtersets"}
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
    """Look at imports, at all that is used, and at the functions that are called."""
    if not module.is_product or module.layer != "views":
        return
    for node, origin, _ in module.imports:
        if ".models" in origin or starts_with(origin, QUERYING_HELPERS):
            yield module.at(node, f"a view imports `{origin}`")
    for node in module.nodes:
        if node not in module.annotations and (what := _data(module, node)):
            yield module.at(node, f"a view {what}")
    for place, step in reached(module, Question("view", _data_below, _is_helper)):
        yield module.at(place, f"a view touches the data: view -> {step}")


def _data(module: Module, node: ast.AST) -> str:
    """Tell what a node of a view does to the data, as the end of a sentence."""
    if changed := _changed(module, node):
        return f"changes `{changed}`"
    if not isinstance(node, ast.Name | ast.Attribute | ast.Call):
        return ""
    if isinstance(node, ast.Call) and (asked := _asked(module, node)):
        return asked
    value = module.value(node)
    is_found = isinstance(node, ast.Call) or (
        isinstance(node, ast.Attribute) and node.attr in {"__class__", "model"}
    )
    if value.kind == "manager":
        return f"queries through `{module.text_of(node)}`"
    if is_found and value.kind == "model":
        return f"finds the model `{value.model or ast.unparse(node)}`"
    return _side_effect(module, node)


def _asked(module: Module, call: ast.Call) -> str:
    """Tell what a call asks of the ORM, as the end of a sentence."""
    if module.on_rows(call) == ("instance", "email_user"):
        return f"sends mail: `{ast.unparse(call.func)}()`"
    if module.is_write(call) or module.is_narrowed(call) or _is_old_query(call):
        return f"calls the ORM: `{module.text_of(call)}()`"
    return ""


def _changed(module: Module, node: ast.AST) -> str:
    """Name the attribute of a row that a node sets, empty when it sets none."""
    owner: ast.expr | None = None
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        owner = node.value
    elif isinstance(node, ast.Call) and module.dotted(node.func) == "setattr":
        owner = node.args[0] if node.args else None
    is_row = owner is not None and module.value(owner).kind == "instance"
    return ast.unparse(node) if is_row else ""


def _is_old_query(call: ast.Call) -> bool:
    """Recognise a query by its methods, where nothing is known of its names."""
    return is_queryset(call) and not set(chain(call)) & MANAGERS


def _side_effect(module: Module, node: ast.AST) -> str:
    """Tell what a node starts that only services start, as the end of a sentence."""
    if not isinstance(node, ast.Name | ast.Attribute) or node in module.annotations:
        return ""
    name = module.dotted(node)
    for beginnings, words in SIDE_EFFECTS:
        if starts_with(name, beginnings):
            return f"{words}: `{ast.unparse(node)}`"
    first, *rest = name.split(".")
    # An app may be called tasks, too.
    is_task = first == "apps" and rest[1:2] == ["tasks"] and bool(rest[2:])
    return f"starts a task: `{ast.unparse(node)}`" if is_task else ""


def _data_below(module: Module, node: ast.AST) -> str:
    """Tell what a function that a view calls does to the data; models may read."""
    if isinstance(node, ast.Call) and module.is_write(node):
        return module.text_of(node)
    if module.layer in {"models", "managers"}:
        return ""
    if isinstance(node, ast.Call) and module.is_narrowed(node):
        return module.text_of(node)
    is_expression = isinstance(node, ast.Name | ast.Attribute | ast.Call)
    if is_expression and module.value(node).kind == "manager":
        return module.text_of(node)
    effect = _side_effect(module, node)
    return effect.partition("`")[2].rstrip("`")


def _is_helper(module: Module, function: Function) -> bool:
    """Tell whether a view answers for what a function does: no layer does."""
    del function
    return module.is_product and module.layer not in LAYERS_OF_THEIR_OWN


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
    """Find managers and narrowed querysets in other layers, and in their functions."""
    if not module.is_running or module.layer in QUERY_LAYERS - {"serializers"}:
        return
    narrowed = [] if module.layer in NARROWING_LAYERS else module.calls
    for node in [*module.managers, *(c for c in narrowed if module.is_narrowed(c))]:
        is_inside = any(isinstance(one, FUNCTIONS) for one in module.up(node))
        # A field of a serializer may name a queryset; its methods may not.
        if module.layer != "serializers" or is_inside:
            message = f"`{module.text_of(node)}` is a query in {module.place}.py"
            yield module.at(node, message)


def _writes(module: Module) -> Iterator[Problem]:
    """Find all writes of a file of the product."""
    for call in module.calls if module.is_running else ():
        if module.is_write(call):
            text = module.text_of(call)
            message = f"`{text}()` writes to the database in {module.place}.py"
            yield module.at(call, message)


def _write(module: Module, node: ast.AST) -> str:
    """Tell what a node writes, empty when nothing."""
    is_write = isinstance(node, ast.Call) and module.is_write(node)
    return module.text_of(node) if is_write else ""


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
    if not module.is_product:
        return
    is_layer = module.layer == "serializers"
    for definition in module.classes:
        if is_layer or is_serializer(module, definition):
            yield from _saving(module, definition)
    if is_layer:
        yield from _writes(module)
        for node, step in reached(module, Question("write", _write, _is_elsewhere)):
            yield module.at(node, f"a serializer writes: serializer -> {step}")


def _saving(module: Module, definition: ast.ClassDef) -> Iterator[Problem]:
    """Find what a class has, or inherits, that DRF would save with, and its own writes."""
    for owner in module.lineage(definition):
        _, parent = module.index.definitions.get(owner, (module, None))
        if not isinstance(parent, ast.ClassDef):
            continue
        for name in (*(one.name for one in methods(parent)), *assigned(parent)):
            if name in SERIALIZER_WRITES:
                message = f"`{parent.name}.{name}` makes a serializer write"
                yield module.at(definition, message)
    for call in ast.walk(definition) if module.layer != "serializers" else ():
        if what := _write(module, call):
            yield module.at(call, f"`{what}()` writes in a serializer")


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
    """Find calls of the ORM that write, also in functions that a selector calls."""
    if module.is_product and module.layer == "selectors":
        yield from _writes(module)
        for node, step in reached(module, Question("write", _write, _is_elsewhere)):
            yield module.at(node, f"a selector writes: selector -> {step}")


def _is_elsewhere(module: Module, function: Function) -> bool:
    """Tell whether a selector or a serializer answers for what a function does."""
    del function
    return module.is_product and module.layer not in {"selectors", "serializers"}


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
    yield from _http_used(module)
    for function in module.functions:
        for argument in _requests(function):
            if not _only_passed_on(module, function, argument.arg):
                yield module.at(argument, f"`{function.name}` takes a request")


def _http_used(module: Module) -> Iterator[Problem]:
    """Find what is HTTP among imports, classes of the project, and what is called."""
    layer = f"{module.layer}.py"
    for node, origin, _ in module.imports:
        if starts_with(origin, HTTP_MODULES):
            yield module.at(node, f"{layer} imports `{origin}`, which is HTTP")
    for node in module.nodes:
        origin = _http(module, node)
        if origin and origin in module.index.definitions:
            yield module.at(node, f"{layer} uses `{origin}`, which is HTTP")
        elif origin and isinstance(node, ast.Attribute):
            yield module.at(node, f"{layer} uses `{ast.unparse(node)}`, which is HTTP")
    for node, step in reached(module, Question("http", _http, _is_beside)):
        yield module.at(node, f"{layer} reaches HTTP: {step}")


def _requests(function: Function) -> Iterator[ast.arg]:
    """List the arguments of a function that are a request."""
    spec = function.args
    for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
        annotation = ast.unparse(argument.annotation) if argument.annotation else ""
        if argument.arg == "request" or "HttpRequest" in annotation:
            yield argument


def _http(module: Module, node: ast.AST) -> str:
    """Name what is HTTP and runs."""
    if not isinstance(node, ast.Name | ast.Attribute) or node in module.annotations:
        return ""
    name = module.dotted(node)
    is_class = isinstance(module.index.definitions.get(name, (0, 0))[1], ast.ClassDef)
    names = module.index.lineage(name) if is_class else (name,)
    return name if any(starts_with(one, HTTP_MODULES) for one in names) else ""


def _is_beside(module: Module, function: Function) -> bool:
    """Tell whether a function is a helper of a layer below the views, and of nobody else."""
    is_own = module.layer in HTTP_FREE_LAYERS | LAYERS_OF_THEIR_OWN
    takes_request = "request" in argument_names(function)
    return module.is_product and not is_own and not takes_request


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
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView


class OrderView(APIView):
    """Orders."""

    permission_classes = (IsAuthenticated,)
    authentication_classes = ()

    def get(self, request: "Request") -> None:
        """List orders."""
        for name in request.GET:
            del name
''',
    good='''
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.orders import selectors


class OrderView(APIView):
    """Orders."""

    permission_classes = (IsAuthenticated,)
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
    """List what answers requests, and in views.py also what helps with it."""
    if module.layer != "views":
        yield from module.view_functions
        return
    for function in module.functions:
        around = [
            above for above in module.up(function) if isinstance(above, FUNCTIONS)
        ]
        if not any(map(_makes_classes, around[:1])) and around:
            continue
        if not _makes_classes(function):
            yield function


def _makes_classes(function: Function) -> bool:
    """Tell whether classes are written inside of a function."""
    return any(isinstance(node, ast.ClassDef) for node in ast.walk(function))


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
    """Find services and tasks, by whatever road they come."""
    if not module.is_product or module.layer != "serializers":
        return
    for node, origin, _ in module.imports:
        if _is_logic(origin):
            yield module.at(node, f"a serializer imports `{origin}`")
    for node in module.nodes:
        if called := _logic_called(module, node):
            yield module.at(node, f"a serializer uses `{called}`")
    for node, step in reached(module, Question("logic", _logic_called, _is_helper)):
        yield module.at(node, f"a serializer calls a service: serializer -> {step}")


def _is_logic(name: str) -> bool:
    """Tell whether a dotted name is, or is of, a module of services or tasks."""
    is_app = name.startswith("apps.")
    return is_app and bool({"services", "tasks"} & set(name.split(".")[2:4]))


def _logic_called(module: Module, node: ast.AST) -> str:
    """Name the service or task that an attribute or a name stands for."""
    if not isinstance(node, ast.Attribute | ast.Name) or node in module.annotations:
        return ""
    name = module.dotted(node)
    return name if _is_logic(name) else ""


@rule(
    "DS033",
    title="API views write through services: no ModelViewSet, no generic view that saves.",
    why="DRF's saves through its serializer, past the service that validates, guards and commits; what only reads, a ViewSet with methods of its own too, is welcome.",
    fix="Write the methods as APIView or ViewSet and call services in them; `uv run poe startapp NAME --fields ...` writes such views.",
    where="apps/orders/views.py",
    bad="""
from rest_framework.permissions import IsAuthenticated
from rest_framework.viewsets import ModelViewSet


class OrderViewSet(ModelViewSet):
    \"\"\"Orders.\"\"\"

    permission_classes = (IsAuthenticated,)
    authentication_classes = ()
""",
    good="""
from rest_framework.permissions import IsAuthenticated
from rest_framework.viewsets import ReadOnlyModelViewSet


class OrderViewSet(ReadOnlyModelViewSet):
    \"\"\"Orders.\"\"\"

    permission_classes = (IsAuthenticated,)
    authentication_classes = ()
""",
)
def views_save_nothing_themselves(module: Module) -> Iterator[Problem]:
    """Find DRF's classes that create, update or destroy."""
    for definition in module.classes if module.is_product else ():
        name = definition.name
        for origin in module.lineage(definition)[1:]:
            last = origin.rpartition(".")[2]
            if origin.startswith("rest_framework.") and SAVES.search(last):
                message = f"`{name}` inherits {last}, which writes by itself"
                yield module.at(definition, message)
                break
    for call in module.calls if module.is_product else ():
        if module.dotted(call.func) != "type" or len(call.args) < len(
            ("name", "bases")
        ):
            continue
        for base in ast.walk(call.args[1]):
            origin = module.dotted(base)
            last = origin.rpartition(".")[2]
            if origin.startswith("rest_framework.") and SAVES.search(last):
                yield module.at(
                    call, f"a class is made of {last}, which writes by itself"
                )
