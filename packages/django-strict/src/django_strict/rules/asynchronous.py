"""Section 7: async strategy."""

from __future__ import annotations

import ast
import multiprocessing
import os
import runpy
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.architecture import HANDLERS
from django_strict.rules.files import PYPROJECT, fixed
from django_strict.rules.index import Question, Step, own_nodes
from django_strict.rules.model import rule
from django_strict.rules.module import (
    argument_names,
    assigned,
    chain,
    is_queryset,
    methods,
    starts_with,
)
from django_strict.rules.security import API_VIEW, is_api_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project
    from django_strict.rules.model import Problem
    from django_strict.rules.module import Function, Module
    from django_strict.rules.running import Production, Running

EVALUATING: Final = {
    *("aggregate", "bulk_create", "bulk_update", "contains", "count", "create"),
    *("delete", "earliest", "exists", "explain", "first", "get", "get_or_create"),
    *("in_bulk", "iterator", "last", "latest", "update", "update_or_create"),
}
INSTANCE_WRITES: Final = {"save", "delete"}
INSTANCE_READS: Final = {"refresh_from_db", "full_clean"}
CONSUMERS: Final = {
    *("list", "tuple", "set", "dict", "sorted", "len", "bool", "sum", "max"),
}
# Functions of Django that query, whatever they are called with.
QUERYING: Final = (
    "django.shortcuts.get_object_or_404",
    "django.shortcuts.get_list_or_404",
    "django.contrib.auth.authenticate",
    "django.contrib.auth.login",
    "django.contrib.auth.logout",
    "django.contrib.auth.get_user",
    "django.contrib.auth.update_session_auth_hash",
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
    "socket.socket": "asyncio.open_connection",
    "socket.getaddrinfo": "the event loop's getaddrinfo",
    "socket.gethostbyname": "the event loop's getaddrinfo",
    "urllib3": "an async HTTP client",
    "ftplib": "asyncio.to_thread",
    "boto3": "asyncio.to_thread",
    "psycopg.connect": "psycopg.AsyncConnection",
    "shutil": "asyncio.to_thread",
    **{
        f"pathlib.Path.{name}": "asyncio.to_thread"
        for name in ("open", "read_bytes", "read_text", "write_bytes", "write_text")
    },
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
UNSAFE: Final = "DJANGO_ALLOW_" + "ASYNC_UNSAFE"
ENVIRONMENT_FILES: Final = (
    *(".env.example", "Dockerfile", "docker-compose.yml", PYPROJECT),
)
APPLICATION: Final = "config.asgi.application"
GUNICORN: Final = "config/gunicorn.conf.py"


def _async_functions(module: Module) -> list[ast.AsyncFunctionDef]:
    """List the functions that run on the event loop."""
    return [one for one in module.functions if isinstance(one, ast.AsyncFunctionDef)]


def _blocking(module: Module, call: ast.Call) -> str:
    """Name what to use instead of a call that blocks, empty when it does not."""
    origin = module.dotted(call.func)
    found = starts_with(origin, tuple(BLOCKING))
    return BLOCKING[found] if found and not origin.startswith(HARMLESS) else ""


@rule(
    "DS065",
    title="No synchronous ORM inside `async def`.",
    why="It raises SynchronousOnlyOperation, or stalls every request of the worker.",
    fix="Await the async method (`aget`, `acreate`, `async for`), or wrap the call: `await sync_to_async(function)()`.",
    waivable=True,
    where="apps/orders/services.py",
    bad='''
from apps.orders.models import Order


async def order_count() -> int:
    """Count orders."""
    return Order.objects.count()
''',
    good='''
from apps.orders.models import Order


async def order_count() -> int:
    """Count orders."""
    return await Order.objects.acount()
''',
)
def no_orm_on_the_event_loop(module: Module) -> Iterator[Problem]:
    """Look at calls nobody awaits, loops, indexes, transactions, and what they reach."""
    for function in _async_functions(module):
        nodes = own_nodes(function)
        names = _queryset_names(nodes)
        for node in nodes:
            if problem := _on_the_loop(module, node, names):
                place = node.context_expr if isinstance(node, ast.withitem) else node
                yield module.at(place, problem)


def _on_the_loop(module: Module, node: ast.AST, names: set[str]) -> str:
    """Tell what a node of an async function does to the database."""
    if isinstance(node, ast.Call):
        if problem := _query(module, node, names):
            return f"`{module.text_of(node)}()` {problem}"
        step = _step(module, node, QUERIES)
        return f"`{ast.unparse(node.func)}()` runs a query: {step}" if step else ""
    if isinstance(node, ast.Attribute):
        step = _step(module, node, QUERIES)
        return f"`{ast.unparse(node)}` runs a query: {step}" if step else ""
    if isinstance(node, ast.withitem):
        is_atomic = module.dotted(node.context_expr).endswith("transaction.atomic")
        return "a transaction inside `async def`" if is_atomic else ""
    read = _evaluated(node)
    if read is not None and _is_rows(module, read, names):
        return f"reading `{ast.unparse(read)}` runs a query"
    return ""


def _step(module: Module, call: ast.expr, question: Question) -> Step | None:
    """Follow a call, or a property, of the project's own synchronous function."""
    if isinstance(call, ast.Call):
        if _is_in_thread(module, call):
            return None
        home, function = module.index.expression(module, call.func)
        for node in ast.walk(function.body) if isinstance(function, ast.Lambda) else ():
            if what := question.does(home, node):
                return Step((ast.unparse(call.func),), what)
    names = module.index.called(module, call, calls=True)
    steps = (module.index.reaches(name, question) for name in names)
    return next((step for step in steps if step), None)


def _is_in_thread(module: Module, call: ast.Call) -> bool:
    """Tell whether what is called was wrapped, so that it runs in a thread."""
    _, function = module.index.expression(module, call.func)
    while isinstance(function, ast.Call):
        _, function = module.index.expression(module, function.func)
        if module.dotted(function).endswith("sync_to_async"):
            return True
    return False


def _is_synchronous(module: Module, function: Function) -> bool:
    """Tell whether a function runs where it is called: no coroutine, not in a thread."""
    is_wrapped = any(
        name.endswith("sync_to_async") for name in module.decorators(function)
    )
    yields = any(
        isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function)
    )
    return isinstance(function, ast.FunctionDef) and not is_wrapped and not yields


def _synchronous_query(module: Module, node: ast.AST) -> str:
    """Tell what runs a query in a synchronous function."""
    if isinstance(node, ast.Call):
        is_query = _query(module, node, set(), layers=False)
        return module.text_of(node) if is_query else ""
    read = _evaluated(node)
    is_rows = read is not None and _is_rows(module, read, set())
    return ast.unparse(read) if is_rows and read is not None else ""


def _synchronous_wait(module: Module, node: ast.AST) -> str:
    """Tell what blocks in a synchronous function."""
    is_blocking = isinstance(node, ast.Call) and _blocking(module, node)
    return module.text_of(node) if is_blocking else ""


QUERIES: Final = Question("orm", _synchronous_query, _is_synchronous, calls=True)
WAITS: Final = Question("block", _synchronous_wait, _is_synchronous, calls=True)


def _is_rows(module: Module, node: ast.expr, names: set[str]) -> bool:
    """Recognise querysets by what is known and by how they look."""
    return module.value(node).kind in {"queryset", "manager"} or _is_queryset(
        node, names
    )


def _queryset_names(nodes: list[ast.AST]) -> set[str]:
    """List the local names that a queryset is bound to."""
    return {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _is_queryset(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _is_queryset(node: ast.expr, names: set[str]) -> bool:
    """Recognise querysets, also by the local names they are bound to."""
    if isinstance(node, ast.Name):
        return node.id in names
    return is_queryset(node) or bool(names & set(chain(node)[:1]))


def _evaluated(node: ast.AST) -> ast.expr | None:
    """Name what a loop, a comprehension or an index goes through."""
    if isinstance(node, ast.For) or (
        isinstance(node, ast.comprehension) and not node.is_async
    ):
        return node.iter
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return None if isinstance(node.slice, ast.Slice) else node.value
    return None


def _query(
    module: Module, call: ast.Call, names: set[str], *, layers: bool = True
) -> str:
    """Tell how a call that nobody awaits queries, as the end of a sentence."""
    if isinstance(module.parents.get(call), ast.Await) or _is_in_thread(module, call):
        return ""
    left, name = module.callee(call)
    kind = module.value(call.func).of
    consumes = ast.unparse(call.func) in CONSUMERS
    if (
        (kind in {"queryset", "manager"} and name in EVALUATING)
        or (left is not None and name in EVALUATING and _is_queryset(left, names))
        or (name in INSTANCE_WRITES and module.is_write(call))
        or name in INSTANCE_READS
        or (consumes and any(_is_rows(module, arg, names) for arg in call.args))
    ):
        return "runs a query"
    origin = module.dotted(call.func)
    if origin in QUERYING:
        return "may query and is not awaited"
    first, *rest = origin.split(".")
    is_layer = first == "apps" and bool({"services", "selectors"} & set(rest[:-1]))
    is_unknown = layers and origin not in module.index.definitions
    return "may query and is not awaited" if is_layer and is_unknown else ""


@rule(
    "DS066",
    title="No blocking call inside `async def`.",
    why="While one request sleeps or waits, the worker's event loop serves nobody.",
    fix="Use the async counterpart the message names, or `await asyncio.to_thread(function)`.",
    enforced_by=("ruff ASYNC",),
    waivable=True,
    where="apps/core/healthcheck.py",
    bad='''
from time import sleep


async def wait() -> None:
    """Wait."""
    sleep(1)
''',
    good='''
import asyncio


async def wait() -> None:
    """Wait."""
    await asyncio.sleep(1)
''',
)
def nothing_blocks_the_event_loop(module: Module) -> Iterator[Problem]:
    """Look at calls nobody awaits; a query is the rule above."""
    for function in _async_functions(module):
        for node in own_nodes(function):
            if not isinstance(node, ast.Call) or isinstance(
                module.parents.get(node), ast.Await
            ):
                continue
            if _is_in_thread(module, node):
                continue
            if step := _step(module, node, WAITS):
                text = ast.unparse(node.func)
                yield module.at(node, f"`{text}()` blocks the event loop: {step}")
                continue
            instead = _blocking(module, node)
            if instead and not _query(module, node, set()):
                text = ast.unparse(node.func)
                yield module.at(
                    node, f"`{text}()` blocks the event loop; use {instead}"
                )


protection = rule(
    "DS067",
    title="DJANGO_ALLOW_ASYNC_UNSAFE is set nowhere.",
    why="It silences the error that protects the data.",
    fix="Remove it and wrap the ORM call with sync_to_async.",
    where="config/asgi.py",
    bad="""
import os

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
""",
    good="""
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
""",
)


@protection
def no_code_silences_the_protection(module: Module) -> Iterator[Problem]:
    """Find the variable's name in code."""
    for node in module.nodes if UNSAFE in module.text else ():
        if isinstance(node, ast.Constant) and node.value == UNSAFE:
            yield module.at(node, f"{UNSAFE} is named here")


@protection
def no_file_silences_the_protection(project: Project) -> Iterator[Problem]:
    """Find the variable's name where environments are written."""
    for name in ENVIRONMENT_FILES:
        for number, line in enumerate(project.lines(name), 1):
            if UNSAFE in line:
                message = f"{UNSAFE} is named here"
                yield project.at(name, message, number, line.index(UNSAFE) + 1)


@rule(
    "DS068",
    title="config.asgi is how the project is served; config.wsgi is only a fallback.",
    why="Async views and cancellation need ASGI.",
    fix="Restore ASGI_APPLICATION and let gunicorn serve config.asgi:application.",
    where="config/settings.py",
    bad="ASGI_APPLICATION = None",
    good='ASGI_APPLICATION = "config.asgi.application"',
)
def asgi_is_the_entry_point(running: Running) -> Iterator[Problem]:
    """Judge the setting."""
    actual = getattr(running.settings, "ASGI_APPLICATION", None)
    if actual != APPLICATION:
        message = f"ASGI_APPLICATION is {actual!r}"
        yield running.at_setting("ASGI_APPLICATION", message)


@rule(
    "DS069",
    title="gunicorn runs as the specification configures it.",
    why="Workers, timeouts and limits were chosen together.",
    fix="Restore the value that the message names in config/gunicorn.conf.py.",
    where="config/gunicorn.conf.py",
    bad="timeout = 3600",
    good="timeout = 120",
)
def gunicorn_is_configured_as_specified(production: Production) -> Iterator[Problem]:
    """Run gunicorn's file and compare; WEB_CONCURRENCY may set the workers."""
    actual: dict[str, Any] = runpy.run_path(str(production.project.root / GUNICORN))
    wanted = dict(fixed("specification")["gunicorn"])
    if not os.environ.get("WEB_CONCURRENCY"):
        wanted["workers"] = multiprocessing.cpu_count() * 2 + 1
    for name, value in wanted.items():
        if actual.get(name) != value:
            message = f"{name} is {actual.get(name)!r} and must be {value!r}"
            yield production.at_setting(name, message, GUNICORN)
    if not production.is_uvicorn_worker(actual.get("worker_class")):
        message = f"worker_class is {actual.get('worker_class')!r}, not uvicorn's"
        yield production.at_setting("worker_class", message, GUNICORN)


synchronous = rule(
    "DS070",
    title="DRF views are synchronous.",
    why="DRF has no async views; an `async def` handler returns a coroutine nobody awaits.",
    fix="Write `def`; for I/O without the ORM write a plain Django view with `async def`.",
    where="apps/orders/views.py",
    bad='''
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView


class OrderView(APIView):
    """Orders."""

    permission_classes = (IsAuthenticated,)
    authentication_classes = ()

    async def get(self, request: "Request") -> None:
        """List orders."""
        del request
''',
    good='''
from django.http import JsonResponse


async def ping(request: "HttpRequest") -> JsonResponse:
    """Answer."""
    del request
    return JsonResponse({})
''',
)


@synchronous
def api_views_are_synchronous(module: Module) -> Iterator[Problem]:
    """Judge methods of views and decorated functions."""
    for function in () if module.is_test else _async_functions(module):
        parent = module.parents[function]
        if isinstance(parent, ast.ClassDef) and is_api_view(module, parent):
            name = f"{parent.name}.{function.name}"
            yield module.at(function, f"`{name}` is `async def` in a DRF view")
        if any(name.endswith(API_VIEW) for name in module.decorators(function)):
            message = f"`{function.name}` is `async def` under @api_view"
            yield module.at(function, message)


@synchronous
def assigned_handlers_are_synchronous(module: Module) -> Iterator[Problem]:
    """Judge functions that a view takes from elsewhere."""
    for definition in () if module.is_test else module.classes:
        for name, value in assigned(definition).items():
            found = module.index.definitions.get(module.dotted(value), (module, None))
            is_late = name in HANDLERS and isinstance(found[1], ast.AsyncFunctionDef)
            if is_late and is_api_view(module, definition):
                message = f"`{definition.name}.{name}` is `async def` in a DRF view"
                yield module.at(value, message)


sync_compatible = rule(
    "DS071",
    title="Signals and middleware are sync-compatible.",
    why="Django sends most signals synchronously, and a middleware that is async alone forces thread hops or fails under WSGI.",
    fix="Write the receiver with `def`; decorate a middleware function with sync_and_async_middleware.",
    where="apps/orders/signals.py",
    bad='''
from django.db.models.signals import post_save
from django.dispatch import receiver


@receiver(post_save)
async def saved(**kwargs: object) -> None:
    """React."""
    del kwargs
''',
    good='''
from django.db.models.signals import post_save
from django.dispatch import receiver


@receiver(post_save)
def saved(**kwargs: object) -> None:
    """React."""
    del kwargs
''',
)


@sync_compatible
def receivers_and_middleware_are_synchronous(module: Module) -> Iterator[Problem]:
    """An ASGI application is called with a scope, a middleware with a request."""
    for function in () if module.is_test else _async_functions(module):
        if any(n.endswith("dispatch.receiver") for n in module.decorators(function)):
            message = f"the signal receiver `{function.name}` is `async def`"
            yield module.at(function, message)
        parent = module.parents[function]
        if not isinstance(parent, ast.ClassDef) or is_api_view(module, parent):
            continue
        is_middleware = argument_names(function) == {"self", "request"}
        has_sync_way = "sync_capable" in assigned(parent) or any(
            method.name == "__acall__" for method in methods(parent)
        )
        if function.name == "__call__" and is_middleware and not has_sync_way:
            yield module.at(function, f"the middleware `{parent.name}` is async alone")


@sync_compatible
def installed_middleware_is_sync_compatible(running: Running) -> Iterator[Problem]:
    """Ask what Django asks."""
    for path in running.settings.MIDDLEWARE:
        if not getattr(running.load(path), "sync_capable", True):
            message = f"the middleware {path} is not sync-compatible"
            yield running.at_setting("MIDDLEWARE", message)
