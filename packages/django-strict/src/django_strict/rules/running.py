"""The project as it runs: what Django's system checks can ask about it.

``manage.py check`` runs these rules; those about production values run with ``--deploy``,
which the gate does in a production environment.
"""

from __future__ import annotations

import inspect
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import Error, register
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.utils.module_loading import import_string
from pythonjsonlogger.json import JsonFormatter
from rest_framework.exceptions import (
    ErrorDetail,
    NotFound,
    ValidationError,
)
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from django_strict.project import ROOT
from django_strict.rules.files import Project
from django_strict.rules.model import Problem, catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    from django.core.checks import CheckMessage
    from rest_framework.exceptions import (
        APIException,
    )

SETTINGS: Final = "config/settings.py"


class Running:
    """The project that this process has loaded.

    Attributes:
        project: Its files.
        settings: Its settings.
        api: Its ``REST_FRAMEWORK``.
        installed: Names of its installed apps.
    """

    not_found: Final = str(NotFound.default_detail)

    def __init__(self) -> None:
        """Look at the loaded project."""
        self.project = Project(ROOT)
        self.settings = settings
        self.api: dict[str, Any] = getattr(settings, "REST_FRAMEWORK", {})
        self.installed = {config.name for config in apps.get_app_configs()}
        self.load = import_string
        self.lines = self.project.lines

    @property
    def user_model(self) -> type:
        """The model of accounts."""
        return get_user_model()

    def at(self, path: str, message: str) -> Problem:
        """Report a file."""
        return Problem(path, 1, 1, message)

    def at_setting(self, name: str, message: str, path: str = SETTINGS) -> Problem:
        """Report a setting.

        Args:
            name: Its name.
            message: What is wrong.
            path: The file that holds it.

        Returns:
            The problem, at the line that sets it.
        """
        for number, line in enumerate(self.lines(path), 1):
            text = line.lstrip()
            if text.startswith((f"{name} ", f"{name}:", f'"{name}"')):
                return Problem(path, number, len(line) - len(text) + 1, message)
        return Problem(path, 1, 1, message)

    def at_source(self, thing: Callable[..., object], message: str) -> Problem:
        """Report a class or function.

        Args:
            thing: The class or function.
            message: What is wrong.

        Returns:
            The problem, at its source; foreign code is called by its dotted name.
        """
        name = f"{thing.__module__}.{getattr(thing, '__qualname__', '')}"
        try:
            file = Path(inspect.getsourcefile(thing) or "")
            line = inspect.getsourcelines(thing)[1]
        except (OSError, TypeError):
            return Problem(name, 1, 1, message)
        if not file.is_relative_to(ROOT) or ".venv" in file.parts:
            return Problem(name, 1, 1, message)
        return Problem(file.relative_to(ROOT).as_posix(), line, 1, message)

    def api_views(self) -> Iterator[tuple[str, type[APIView], Mapping[str, object]]]:
        """Walk over all routes that lead to an API view.

        Yields:
            The route, the view's class, and the options it is routed with.
        """
        for route, callback in _routes(get_resolver()):
            view = getattr(callback, "cls", None) or getattr(
                callback, "view_class", None
            )
            if isinstance(view, type) and issubclass(view, APIView):
                yield route, view, getattr(callback, "initkwargs", {})

    def declares(self, view: type[APIView], name: str) -> bool:
        """Tell whether a view sets an attribute itself.

        Args:
            view: The view.
            name: The attribute.

        Returns:
            False also for a decorated function, whose class copies the defaults.
        """
        return name in vars(view) and vars(view)[name] is not getattr(APIView, name)

    def view_at(self, path: str) -> Callable[..., object] | None:
        """Find the view that answers a path, None when nothing does."""
        try:
            return resolve(path).func
        except Resolver404:
            return None

    def error_handler(self, status: int) -> Callable[..., object]:
        """Find who answers an error outside of DRF."""
        handler: Callable[..., object] = get_resolver().resolve_error_handler(status)
        return handler

    def invalid(self, field: str) -> APIException:
        """Make the error of a field that is missing in a request."""
        detail = ErrorDetail("This field is required.", code="required")
        return ValidationError({field: [detail]})

    def answer_to(self, handler: str, exception: APIException | None) -> object:
        """Let an exception handler answer.

        Args:
            handler: Its dotted name.
            exception: The error; None for one that nothing was found.

        Returns:
            The answer's data, None when it does not answer.
        """
        request = Request(APIRequestFactory().get("/"))
        context = {"view": APIView(), "request": request, "args": (), "kwargs": {}}
        response = import_string(handler)(exception or NotFound(), context)
        return getattr(response, "data", None)


class Production(Running):
    """The same, loaded in a production environment."""

    def settings_of(self, environment: str) -> ModuleType:
        """Load the settings again, as another kind of machine would.

        Args:
            environment: Value of ``DJANGO_ENVIRONMENT``; nothing sets a log level.

        Returns:
            The module; this process keeps its own.
        """

        def forget() -> dict[str, ModuleType]:
            """Take the configuration's modules out of the cache."""
            names = [name for name in sys.modules if name.split(".")[0] == "config"]
            return {name: sys.modules.pop(name) for name in names}

        before, variables = forget(), dict(os.environ)
        os.environ["DJANGO_ENVIRONMENT"] = environment
        os.environ.pop("DJANGO_LOG_LEVEL", None)
        try:
            return import_module("config.settings")
        finally:
            forget()
            sys.modules.update(before)
            os.environ.clear()
            os.environ.update(variables)

    def is_uvicorn_worker(self, worker_class: object) -> bool:
        """Recognise uvicorn's worker and classes that inherit from it, by name too."""
        from uvicorn_worker import UvicornWorker  # noqa: PLC0415 - slow

        kind = import_string(worker_class) if isinstance(worker_class, str) else None
        kind = kind or worker_class
        return isinstance(kind, type) and issubclass(kind, UvicornWorker)

    def is_json_formatter(self, formatter: dict[str, Any]) -> bool:
        """Recognise python-json-logger in a formatter's entry of ``LOGGING``."""
        kind = formatter.get("()") or formatter.get("class")
        if isinstance(kind, str):
            kind = import_string(kind)
        return isinstance(kind, type) and issubclass(kind, JsonFormatter)


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Walk over routes and views, with the route that leads there in front."""
    for pattern in resolver.url_patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def _messages(kind: str, running: Running) -> list[CheckMessage]:
    """Run the rules of one kind in the order of their ids; the hint is a rule's fix."""
    return [
        Error(
            f"{found.message}.",
            hint=rule.fix,
            obj=f"{found.path}:{found.line}:{found.column}",
            id=rule.id,
        )
        for rule in catalogue().values()
        for found in rule.findings(kind, running)
    ]


def check_running(**_: object) -> list[CheckMessage]:
    """Judge what holds on every machine."""
    return _messages("Running", Running())


def check_production(**_: object) -> list[CheckMessage]:
    """Judge what differs between a developer's machine and production."""
    return _messages("Production", Production())


def add_checks() -> None:
    """Register the rules with Django's check framework."""
    register(check_running, "rules")
    register(check_production, "rules", deploy=True)
