"""Sections 8 and 9: errors, logging and health."""

from __future__ import annotations

import ast
import re
from http import HTTPStatus
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Final

from django_strict.rules.files import CORE
from django_strict.rules.index import Question, reached, short
from django_strict.rules.model import rule
from django_strict.rules.module import FUNCTIONS, methods, starts_with
from django_strict.rules.security import is_api_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Problem
    from django_strict.rules.module import Function, Module
    from django_strict.rules.running import Production, Running

URLS: Final = "config/urls.py"
HANDLED: Final = (400, 403, 404, 500)
HANDLER: Final = "apps.core.exceptions.custom_exception_handler"
RESPONSES: Final = (
    *("Response", "HttpResponseBadRequest", "HttpResponseServerError"),
    *("HttpResponseForbidden", "HttpResponseNotFound", "error_response"),
)
FILLING: Final = {"update", "append", "extend", "insert", "setdefault", "add", "write"}
SOURCES: Final = {"sys.exc_info", "sys.exception"}
TEXTS: Final = {"str", "repr", "format", "vars", "builtins.str", "builtins.repr"}
TRACEBACKS: Final = ("traceback",)
FIRST_ERROR: Final = 400
OWN_HANDLERS: Final = {"handle_exception", "get_exception_handler", "exception_handler"}
STATUS_NAME: Final = re.compile(r"rest_framework\.status\.HTTP_(\d{3})_")
ERROR_RESPONSES: Final = {
    *("HttpResponseBadRequest", "HttpResponseForbidden", "HttpResponseGone"),
    *("HttpResponseNotFound", "HttpResponseServerError", "HttpResponseNotAllowed"),
}
PRINTING: Final = {"print", "builtins.print", "os.write"}
STREAMS: Final = (
    *("pprint", "sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"),
    "rich.print",
)
OTHER_LOGGERS: Final = {
    *("logging.Logger", "logging.RootLogger", "logging.getLoggerClass"),
    *("logging.makeLogRecord", "logging.Logger.manager.getLogger"),
}
FOREIGN_LOGGERS: Final = ("logging.root", "logging.lastResort", "structlog", "loguru")
ROOT_LOGGING: Final = {
    f"logging.{name}"
    for name in ("debug", "info", "warning", "error", "exception", "critical", "log")
}
LEVELS: Final = {"local": "DEBUG", "staging": "INFO", "production": "WARNING"}
HEALTH: Final = "/api/health/"
HEALTH_MODULE: Final = "apps.core.healthcheck"
HEALTH_FILE: Final = "apps/core/healthcheck.py"


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


one_form = rule(
    "DS076",
    title='Errors have the form {"type", "errors": [{"code", "detail", "attr"}]}.',
    why="It is the contract with every client.",
    fix="Let custom_exception_handler in apps/core/exceptions.py answer in this form; views raise an error of apps.core.domain and let it.",
    where="apps/orders/views.py",
    bad='''
from http import HTTPStatus

from django.http import JsonResponse


async def ping(request: "HttpRequest") -> JsonResponse:
    """Answer."""
    del request
    return JsonResponse({"message": "wrong"}, status=HTTPStatus.BAD_REQUEST)
''',
    good='''
from django.http import JsonResponse

from apps.orders.domain import OrderClosedError


async def ping(request: "HttpRequest") -> JsonResponse:
    """Answer."""
    if not request.GET:
        raise OrderClosedError
    return JsonResponse({"message": "right"})
''',
)


@one_form
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


@one_form
def views_leave_errors_to_the_handler(module: Module) -> Iterator[Problem]:
    """Find answers of views, and of what they call, that are errors of another form."""
    if not module.is_product or module.path == HEALTH_FILE:
        return
    if module.layer in {"views", "middleware"}:
        for node in module.nodes:
            if what := _error(module, node):
                yield module.at(node, f"an error is answered in another form: {what}")
    yield from _own_handlers(module)
    if module.layer != "views":
        return
    for node, step in reached(module, Question("error", _error, _may_answer)):
        message = f"an error is answered in another form: view -> {step}"
        yield module.at(node, message)


def _own_handlers(module: Module) -> Iterator[Problem]:
    """Find views that answer errors themselves; the core may do it for all."""
    for definition in () if module.app == CORE else module.classes:
        for function in methods(definition):
            if function.name in OWN_HANDLERS and is_api_view(module, definition):
                message = f"`{definition.name}.{function.name}` answers errors itself"
                yield module.at(function, message)


def _may_answer(module: Module, function: Function) -> bool:
    """Tell whether a view answers for what a function returns."""
    del function
    own = {"views", "services", "selectors", "exceptions", "middleware"}
    return module.is_product and module.layer not in own


def _error(module: Module, node: ast.AST) -> str:
    """Tell whether a node makes an answer that is an error of a form of its own."""
    if isinstance(node, ast.Assign):
        is_status = any(
            isinstance(one, ast.Attribute) and one.attr == "status_code"
            for one in node.targets
        )
        code = _status(module, node.value) if is_status else 0
        return ast.unparse(node) if code >= FIRST_ERROR else ""
    if not isinstance(node, ast.Call):
        return ""
    name = module.dotted(node.func)
    last = name.rpartition(".")[2]
    if name.startswith("django.http.") and last in ERROR_RESPONSES:
        return f"{ast.unparse(node.func)}()"
    if not last.endswith("Response"):
        return _own_response(module, node, name)
    given = module.keywords(node)
    place = 1 if last == "Response" else len(node.args)
    status = given.get("status") or (node.args[place] if node.args[place:] else None)
    if status is None or _status(module, status) < FIRST_ERROR:
        return ""
    _, body = module.index.expression(
        module, (node.args or [given.get("data", node)])[0]
    )
    keys = (
        {ast.unparse(key) for key in body.keys if key}
        if isinstance(body, ast.Dict)
        else set()
    )
    return "" if {"'type'", "'errors'"} <= keys else f"{ast.unparse(node.func)}()"


def _own_response(module: Module, node: ast.Call, name: str) -> str:
    """Recognise a class of the project that is an answer and has a status of its own."""
    lineage = module.index.lineage(name) if name in module.index.definitions else ()
    found = module.index.constant(f"{name}.status_code")
    if found is None or not any(one.endswith("Response") for one in lineage):
        return ""
    return f"{ast.unparse(node.func)}()" if _status(*found) >= FIRST_ERROR else ""


def _status(module: Module, node: ast.AST) -> int:
    """Compute a status code, the highest of several; 0 when it is not known."""
    home, value = module.index.expression(module, node)
    if isinstance(value, ast.Constant) and isinstance(value.value, int):
        return value.value
    if isinstance(value, ast.IfExp):
        return max(_status(home, value.body), _status(home, value.orelse))
    if isinstance(value, ast.Call) and len(value.args) == 1:
        return _status(home, value.args[0])
    name = home.dotted(value).removesuffix(".value")
    if name.startswith("http.HTTPStatus."):
        return int(HTTPStatus.__members__.get(name.rpartition(".")[2], 0))
    found = STATUS_NAME.search(name)
    return int(found[1]) if found else 0


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
    """Find stack traces, and answers that hold what an exception says."""
    if not module.is_product:
        return
    for call in module.calls:
        if starts_with(module.dotted(call.func), TRACEBACKS):
            message = f"`{ast.unparse(call.func)}()` renders a stack trace"
            yield module.at(call, message)
    for handler in module.nodes:
        if isinstance(handler, ast.ExceptHandler):
            yield from _caught(module, handler)
    for function in module.functions:
        yield from _handed(module, function)


def _handed(module: Module, function: Function) -> Iterator[Problem]:
    """Find answers that hold the text of an exception that a function is given."""
    for argument in function.args.args:
        kind = ast.unparse(argument.annotation) if argument.annotation else ""
        if kind.strip("'\"").endswith(("Exception", "Error")):
            said = Said(module, argument.arg, texts=True)
            for node, _ in said.answers(function, function):
                yield module.at(node, f"the answer holds the text of `{argument.arg}`")


def _caught(module: Module, handler: ast.ExceptHandler) -> Iterator[Problem]:
    """Find answers that hold what a caught exception says."""
    around: ast.AST = next(
        (above for above in module.up(handler) if isinstance(above, FUNCTIONS)),
        module.tree,
    )
    told = "the answer holds the text of the exception"
    told += f" `{handler.name}`" if handler.name else ""
    said = Said(module, handler.name or "")
    for node, chain in said.answers(around, handler):
        yield module.at(node, f"{told}: {chain}" if chain else told)


class Said:
    """What is made of an exception in a function.

    Attributes:
        module: The file.
        error: The name of the exception.
        texts: Whether its attributes may be told, and its text alone may not.
        names: What else holds something of it.
    """

    def __init__(self, module: Module, error: str, *, texts: bool = False) -> None:
        """Begin with the exception.

        Args:
            module: The file.
            error: Its name, empty where it has none.
            texts: Whether its attributes may be told.
        """
        self.module = module
        self.error = error
        self.texts = texts
        self.names: set[str] = set()

    def answers(
        self, around: ast.AST, where: ast.AST, trail: tuple[str, ...] = ()
    ) -> Iterator[tuple[ast.AST, str]]:
        """Find answers that hold what an exception says.

        Args:
            around: The function, or the file.
            where: The part of it in which the exception has its name.
            trail: Functions on the way here.

        Yields:
            The answer, and the way there through other functions.
        """
        inside = list(ast.walk(where))
        own = set(inside)
        rest = [node for node in ast.walk(around) if node not in own]
        count = -1
        while count != len(self.names):
            count = len(self.names)
            for node in (*inside, *rest):
                self._spread(node, named=node in own)
        for node in (*inside, *rest):
            is_named = node in own
            is_filled = isinstance(node, ast.Assign) and any(
                map(_is_body, node.targets)
            )
            if is_filled and self.is_in(node, named=is_named):
                yield node, ""
            if isinstance(node, ast.Call):
                yield from self._call(node, trail, named=is_named)

    def _spread(self, node: ast.AST, *, named: bool) -> None:
        """Remember names that an assignment or a filled table gives something to."""
        targets: list[ast.expr] = []
        values: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets, values = node.targets, [node.value]
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.AugAssign):
            targets, values = [node.target], [node.value] if node.value else []
        elif isinstance(node, ast.Call):
            left, name = self.module.callee(node)
            if left is not None and name in FILLING:
                targets = [left]
                values = [*node.args, *(word.value for word in node.keywords)]
        if any(self.is_in(value, named=named) for value in values):
            self.names |= {
                one.id
                for target in targets
                for one in ast.walk(target)
                if isinstance(one, ast.Name)
            }

    def is_in(self, node: ast.AST, *, named: bool) -> bool:
        """Tell whether an expression holds something of the exception.

        Args:
            node: The expression.
            named: Whether the exception has its name there.

        Returns:
            True for what was made of it, too.
        """
        for one in ast.walk(node):
            if isinstance(one, ast.Name) and one.id in self.names:
                return True
            if isinstance(one, ast.Call) and self.module.dotted(one.func) in SOURCES:
                return True
            if not named or not self.error:
                continue
            is_error = isinstance(one, ast.Name) and one.id == self.error
            if self._is_text(one) if self.texts else is_error:
                return True
        return False

    def _is_text(self, node: ast.AST) -> bool:
        """Tell whether an expression is the exception's text."""
        if isinstance(node, ast.Call):
            parts = node.args if self.module.dotted(node.func) in TEXTS else []
        elif isinstance(node, ast.FormattedValue) or (
            isinstance(node, ast.Attribute) and node.attr == "args"
        ):
            parts = [node.value]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            parts = [node.right]
        else:
            parts = []
        return any(isinstance(p, ast.Name) and p.id == self.error for p in parts)

    def _call(
        self, node: ast.Call, trail: tuple[str, ...], *, named: bool
    ) -> Iterator[tuple[ast.AST, str]]:
        """Judge one call: an answer, an error of DRF, or a function that makes one."""
        name = self.module.dotted(node.func)
        values = [*node.args, *(word.value for word in node.keywords)]
        is_raised = name.startswith("rest_framework.exceptions.")
        if is_raised or name.rpartition(".")[2].endswith(RESPONSES):
            teller = self
            if is_raised:
                teller = Said(self.module, self.error, texts=True)
                teller.names = set() if "Validation" in name else self.names
            if any(teller.is_in(value, named=named) for value in values):
                yield node, ""
            return
        for called in self.module.index.called(self.module, node):
            if called not in trail and (
                way := self._passed(called, node, trail, named=named)
            ):
                yield node, way
                return

    def _passed(
        self, called: str, call: ast.Call, trail: tuple[str, ...], *, named: bool
    ) -> str:
        """Tell how a function answers with what it is given, empty when it does not."""
        home, function = self.module.index.definitions[called]
        if not isinstance(function, FUNCTIONS):
            return ""
        for given in self._given(function, call, named=named):
            said = Said(home, given, texts=self.texts)
            for _, chain in said.answers(function, function, (*trail, called)):
                return " -> ".join(part for part in (short(called), chain) if part)
        return ""

    def _given(self, function: Function, call: ast.Call, *, named: bool) -> list[str]:
        """Name the arguments of a function that get something of the exception."""
        spec = function.args
        places = [one.arg for one in (*spec.posonlyargs, *spec.args)]
        if places[:1] in (["self"], ["cls"]):
            places = places[1:]
        pairs = [*zip(places, call.args, strict=False)]
        pairs += [(word.arg, word.value) for word in call.keywords if word.arg]
        return [place for place, value in pairs if self.is_in(value, named=named)]


def _is_body(target: ast.expr) -> bool:
    """Tell whether something is, or is in, the body of an answer."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return isinstance(target, ast.Attribute) and target.attr in {"data", "content"}


@rule(
    "DS078",
    title="No `print()` and nothing else that writes to standard output.",
    why="It has no level, no request id and no JSON.",
    fix="Use `logger.info(...)` with `logger = logging.getLogger(__name__)`.",
    enforced_by=("ruff T201", "ruff T203"),
    where="apps/orders/services.py",
    bad='print("shipped")',
    good="""
import logging

logger = logging.getLogger(__name__)
""",
)
def nothing_writes_to_standard_output(module: Module) -> Iterator[Problem]:
    """Find it under other names; a command's ``self.stdout`` is its own."""
    for node in module.references if module.is_running else ():
        name = module.dotted(node)
        if name in PRINTING or starts_with(name, STREAMS):
            yield module.at(node, f"`{ast.unparse(node)}` writes to standard output")


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
    """Find the root logger, loggers with another name, and those of other modules."""
    if module.is_test:
        return
    for call in module.calls:
        origin = module.dotted(call.func)
        if origin in ROOT_LOGGING:
            message = f"`{ast.unparse(call.func)}()` uses the root logger"
            yield module.at(call, message)
        if origin == "logging.getLogger" and not _is_named_here(module, call):
            yield module.at(call, f"`{ast.unparse(call)}` has a name of its own")
        if origin in OTHER_LOGGERS or origin.endswith("getLogger.getChild"):
            yield module.at(call, f"`{ast.unparse(call)}` makes a logger another way")
    yield from _foreign_loggers(module)


def _foreign_loggers(module: Module) -> Iterator[Problem]:
    """Find other libraries' loggers and those of other modules."""
    for node in module.references:
        if starts_with(module.dotted(node), FOREIGN_LOGGERS):
            yield module.at(node, f"`{ast.unparse(node)}` is another logger")
    for statement, origin, _ in module.imports:
        found = module.index.find(origin)
        _, held = module.index.constant(origin) or (module, None)
        is_logger = found is not None and found.name == "logging.getLogger"
        if is_logger and isinstance(held, ast.Call):
            yield module.at(statement, f"`{origin}` is the logger of another module")


def _is_named_here(module: Module, call: ast.Call) -> bool:
    """Tell whether the one argument of a call is this file's ``__name__``."""
    given = [*call.args, *(word.value for word in call.keywords)]
    names = [module.index.expression(module, one) for one in given]
    is_here = all(home is module for home, _ in names)
    return is_here and [ast.unparse(one) for _, one in names] == ["__name__"]


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
