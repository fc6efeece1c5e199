"""Sections 8 and 9: errors, logging and health."""

from __future__ import annotations

import ast
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Problem
    from django_strict.rules.module import Module
    from django_strict.rules.running import Production, Running

URLS: Final = "config/urls.py"
HANDLED: Final = (400, 403, 404, 500)
HANDLER: Final = "apps.core.exceptions.custom_exception_handler"
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
LEVELS: Final = {"local": "DEBUG", "staging": "INFO", "production": "WARNING"}
HEALTH: Final = "/api/health/"
HEALTH_MODULE: Final = "apps.core.healthcheck"


@rule(
    "DS075",
    title="One exception handler answers all errors of the API.",
    why="Clients parse one format; Django's own pages are HTML.",
    fix="Restore EXCEPTION_HANDLER in config/settings.py and handler400, handler403, handler404 and handler500 in config/urls.py.",
    where="config/urls.py",
    bad="# no handler404",
    good='handler404 = "apps.core.exceptions.not_found"',
)
def one_handler_answers_errors(running: Running) -> Iterator[Problem]:
    """Judge DRF's handler and Django's."""
    actual = running.api.get("EXCEPTION_HANDLER")
    if actual != HANDLER:
        message = f"EXCEPTION_HANDLER is {actual!r}"
        yield running.at_setting("EXCEPTION_HANDLER", message)
    for status in HANDLED:
        if not running.error_handler(status).__module__.startswith("apps."):
            message = f"handler{status} is Django's own, which answers HTML"
            yield running.at(URLS, message)


@rule(
    "DS076",
    title='Errors have the form {"type", "errors": [{"code", "detail", "attr"}]}.',
    why="It is the contract with every client.",
    fix="Let custom_exception_handler in apps/core/exceptions.py answer in this form.",
    where="apps/core/exceptions.py",
    bad='return Response({"message": "wrong"})',
    good="return exception_handler(exc, context)",
)
def errors_have_one_form(running: Running) -> Iterator[Problem]:
    """Let the handler answer two errors, and compare."""
    required = {"code": "required", "detail": "This field is required."}
    missing = {"code": "not_found", "detail": running.not_found, "attr": None}
    samples = (
        (running.invalid("email"), "validation_error", {**required, "attr": "email"}),
        (None, "client_error", missing),
    )
    for exception, kind, entry in samples:
        data = running.answer_to(HANDLER, exception)
        if data != {"type": kind, "errors": [entry]}:
            message = f"an error is answered as {data!r}"
            yield running.at_source(running.load(HANDLER), message)


@rule(
    "DS077",
    title="No exception text and no stack trace reaches a client.",
    why="They tell an attacker paths, versions and queries.",
    fix="Answer with a fixed sentence and log the exception with logger.exception.",
    where="apps/core/exceptions.py",
    bad='''
from django.http import JsonResponse


def answer() -> JsonResponse:
    """Answer."""
    try:
        return JsonResponse({})
    except ValueError as error:
        return JsonResponse({"detail": str(error)})
''',
    good='''
from django.http import JsonResponse


def answer() -> JsonResponse:
    """Answer."""
    return JsonResponse({"detail": "Malformed request."})
''',
)
def no_exception_reaches_a_client(module: Module) -> Iterator[Problem]:
    """Find stack traces, and answers inside an ``except`` that mention its exception."""
    if not module.is_product:
        return
    for call in module.calls:
        if module.dotted(call.func) in TRACEBACKS:
            message = f"`{ast.unparse(call.func)}()` renders a stack trace"
            yield module.at(call, message)
    for handler in module.nodes:
        if not isinstance(handler, ast.ExceptHandler) or not handler.name:
            continue
        for node in ast.walk(handler):
            if isinstance(node, ast.Call) and _answers_with(module, node, handler.name):
                message = f"the answer holds the text of the exception `{handler.name}`"
                yield module.at(node, message)


def _answers_with(module: Module, call: ast.Call, name: str) -> bool:
    """Tell whether a call makes a response of a local name."""
    target = module.dotted(call.func).rpartition(".")[2]
    if not target.endswith(RESPONSES) and target != "error_response":
        return False
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    nodes = (node for value in values for node in ast.walk(value))
    return any(isinstance(node, ast.Name) and node.id == name for node in nodes)


rule(
    "DS078",
    title="No `print()` and no `pprint()`.",
    why="Printed text has no level, no request id and no JSON. A write to `sys.stdout` is for a reviewer to see.",
    fix="Use `logger.info(...)` with `logger = logging.getLogger(__name__)`.",
    enforced_by=("ruff T201", "ruff T203"),
    where="apps/orders/services.py",
    bad='print("shipped")',
    good="""
import logging

logger = logging.getLogger(__name__)
""",
)


@rule(
    "DS079",
    title="Loggers are `logging.getLogger(__name__)`.",
    why="The name of a line tells the module it comes from.",
    fix="Write `logger = logging.getLogger(__name__)` and log through it.",
    enforced_by=("ruff LOG015",),
    waivable=True,
    where="apps/orders/services.py",
    bad="""
import logging

logger = logging.getLogger("orders")
""",
    good="""
import logging

logger = logging.getLogger(__name__)
""",
)
def loggers_are_named_after_modules(module: Module) -> Iterator[Problem]:
    """Find the root logger and loggers with another name."""
    for call in () if module.is_test else module.calls:
        origin = module.dotted(call.func)
        if origin in ROOT_LOGGING:
            message = f"`{ast.unparse(call.func)}()` uses the root logger"
            yield module.at(call, message)
        arguments = [ast.unparse(argument) for argument in call.args]
        if origin == "logging.getLogger" and arguments != ["__name__"]:
            yield module.at(call, f"`{ast.unparse(call)}` has a name of its own")


@rule(
    "DS080",
    title="Production logs are JSON, configured by Django's LOGGING.",
    why="Machines read them: one line, one object.",
    fix="Restore the json formatter in config/logs.py and LOGGING in config/settings.py.",
    where="config/settings.py",
    bad='LOGGING = {"version": 1}',
    good="LOGGING = logging_config(level=env.log_level, log_format=env.log_format)",
)
def production_logs_are_json(production: Production) -> Iterator[Problem]:
    """Judge the formatter of every handler."""
    logging = production.settings.LOGGING or {}
    handlers = logging.get("handlers", {})
    if not handlers or not logging.get("root", {}).get("handlers"):
        message = "LOGGING has no handler for the root logger"
        yield production.at_setting("LOGGING", message)
        return
    for name, handler in handlers.items():
        formatter = logging.get("formatters", {}).get(handler.get("formatter"), {})
        if not production.is_json_formatter(formatter):
            message = f"the handler `{name}` does not write JSON in production"
            yield production.at_setting("LOGGING", message)


@rule(
    "DS081",
    title="Log levels are DEBUG in local, INFO in staging and WARNING in production, unless set.",
    why="Production stays quiet, a developer sees everything.",
    fix="Let the level in config/logs.py follow DJANGO_ENVIRONMENT where DJANGO_LOG_LEVEL is not set.",
    where="config/logs.py",
    bad='LOG_LEVELS = {Environment.PRODUCTION: "DEBUG"}',
    good='LOG_LEVELS = {Environment.PRODUCTION: "WARNING"}',
)
def log_levels_follow_the_environment(production: Production) -> Iterator[Problem]:
    """Read the settings as each kind of machine would, where nothing sets a level."""
    if any(line.startswith("DJANGO_LOG_LEVEL=") for line in production.lines(".env")):
        return
    for environment, wanted in LEVELS.items():
        logging = production.settings_of(environment).LOGGING
        loggers = logging.get("loggers", {})
        actual = {**logging.get("root", {}), **loggers.get("apps", {})}.get("level")
        if actual != wanted:
            message = f"{environment} logs from {actual} on, not {wanted}"
            yield production.at_setting("LOGGING", message)


@rule(
    "DS085",
    title="GET /api/health/ is an `async def` view in apps/core/healthcheck.py that needs no credentials.",
    why="Docker, Kubernetes and load balancers ask there.",
    fix="Restore the view, and its line in config/urls.py.",
    where="config/urls.py",
    bad='path("health/", health)',
    good='path("api/health/", health, name="health")',
)
def health_is_answered(running: Running) -> Iterator[Problem]:
    """Judge where and how."""
    view = running.view_at(HEALTH)
    if view is None:
        yield running.at(URLS, f"nothing is routed at {HEALTH}")
    elif view.__module__ != HEALTH_MODULE:
        message = f"{HEALTH} is answered by {view.__module__}, not by {HEALTH_MODULE}"
        yield running.at(URLS, message)
    elif not iscoroutinefunction(view):
        yield running.at_source(view, "the health view is not `async def`")


rule(
    "DS086",
    title="Health answers 200 or 503 with fixed words for database and cache.",
    why="Orchestrators act on the status; the cause belongs into the log, not into the body.",
    fix='Answer {"status", "db", "cache"} with "ok" or "error: ..." in fixed words.',
    enforced_by=("pytest apps/core/tests/test_healthcheck.py",),
    where="apps/core/healthcheck.py",
    bad="status = HTTPStatus.OK  # always",
    good="status = HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE",
)
