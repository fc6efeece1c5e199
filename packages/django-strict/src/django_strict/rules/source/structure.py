"""Where classes stand, what is imported, and where settings come from."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from django_strict.rules.source.layers import starts_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Finding
    from django_strict.rules.source.module import Module

# Origin of a base class, end of its name, and the module such classes belong to.
HOMES: Final = (
    ("django.db.models", ("Model",), "models"),
    ("django.contrib.auth", ("AbstractUser", "AbstractBaseUser"), "models"),
    ("rest_framework.serializers", ("Serializer",), "serializers"),
    ("rest_framework", ("APIView", "ViewSet"), "views"),
    ("rest_framework.generics", ("View",), "views"),
    ("rest_framework.permissions", ("Permission", "IsAuthenticated"), "permissions"),
    ("django.contrib", ("ModelAdmin", "UserAdmin"), "admin"),
    ("django.apps", ("AppConfig",), "apps"),
    ("factory", ("DjangoModelFactory",), "factories"),
)
RIVALS: Final = {
    "aioredis": "redis.asyncio",
    "celery.task": "django.tasks",
    "decouple": "pydantic-settings",
    "django_filters.rest_framework.backends": "a query serializer and a selector",
    "drf_yasg": "drf-spectacular",
    "environ": "pydantic-settings",
    "fastapi": "Django REST Framework",
    "flask": "Django REST Framework",
    "loguru": "logging.getLogger(__name__)",
    "ninja": "Django REST Framework",
    "psycopg2": "Django's ORM on psycopg 3",
    "sqlalchemy": "Django's ORM",
    "structlog": "logging.getLogger(__name__)",
}
ENVIRONMENT: Final = ("os.environ", "os.environb", "os.getenv", "os.putenv")
READER: Final = "config/env.py"
SETTINGS_VARIABLE: Final = "DJANGO_SETTINGS_MODULE"
# Where gunicorn and Docker look for it; it configures the server, not the project.
SERVER_FILE: Final = "config/gunicorn.conf.py"
SERVER_VARIABLE: Final = "WEB_CONCURRENCY"
CREATORS: Final = ("create", "get_or_create", "update_or_create")
UNSAFE: Final = "DJANGO_ALLOW_" + "ASYNC_UNSAFE"


def check_homes(module: Module) -> Iterator[Finding]:
    """Find classes outside of the module of their layer.

    Args:
        module: The file.

    Yields:
        DS012.
    """
    if not module.app or module.is_migration:
        return
    stem = module.parts[-1].removesuffix(".py")
    places = {stem, *module.parts[2:-1]}
    for definition in module.classes:
        home = _home(module, definition)
        shared = module.app == "core" and home in {"views", "serializers"}
        if home and home not in places and not shared:
            message = f"`{definition.name}` belongs into {home}.py"
            yield module.finding(definition, "DS012", message)


def _home(module: Module, definition: ast.ClassDef) -> str:
    """Name the module that a class belongs to.

    Args:
        module: The file.
        definition: The class.

    Returns:
        The module's name, empty when it may stand anywhere.
    """
    for base in definition.bases:
        origin = module.dotted(base)
        for package, endings, home in HOMES:
            if starts_with(origin, (package,)) and origin.endswith(endings):
                return home
    return ""


def check_rivals(module: Module) -> Iterator[Finding]:
    """Find packages that rival the stack.

    Args:
        module: The file.

    Yields:
        DS008.
    """
    for node, origin, _ in module.imports:
        if rival := starts_with(origin, tuple(RIVALS)):
            message = f"`{rival}` is imported; the stack has {RIVALS[rival]}"
            yield module.finding(node, "DS008", message)


def check_environment(module: Module) -> Iterator[Finding]:
    """Find readers of the environment beside the typed models.

    Args:
        module: The file.

    Yields:
        DS015.
    """
    in_scope = module.parts[0] in {"apps", "config"} and not module.is_test
    if not in_scope or module.path == READER:
        return
    for node in module.nodes:
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        if module.dotted(node) in ENVIRONMENT and not _is_allowed(module, node):
            text = ast.unparse(node)
            yield module.finding(node, "DS015", f"`{text}` reads the environment")


def _is_allowed(module: Module, node: ast.AST) -> bool:
    """Tell the few legitimate uses of ``os.environ``.

    Args:
        module: The file.
        node: The use.

    Returns:
        True for naming the settings module, and for gunicorn's own variable.
    """
    parents = [parent for parent in module.up(node) if isinstance(parent, ast.Call)]
    text = ast.unparse(parents[0]) if parents else ""
    if "setdefault" in text and SETTINGS_VARIABLE in text:
        return True
    return module.path == SERVER_FILE and SERVER_VARIABLE in text


def check_unsafe_async(module: Module) -> Iterator[Finding]:
    """Find the variable that silences Django's async protection.

    Args:
        module: The file.

    Yields:
        DS067.
    """
    if UNSAFE not in module.text:
        return
    for node in module.nodes:
        if isinstance(node, ast.Constant) and node.value == UNSAFE:
            yield module.finding(node, "DS067", f"{UNSAFE} is named here")


def check_silenced(module: Module) -> Iterator[Finding]:
    """Find system checks that are switched off.

    Args:
        module: The file.

    Yields:
        DS049.
    """
    if module.parts[0] != "config":
        return
    for node in module.nodes:
        if isinstance(node, ast.Name) and node.id == "SILENCED_SYSTEM_CHECKS":
            yield module.finding(node, "DS049", f"`{node.id}` switches checks off")


def check_factories(module: Module) -> Iterator[Finding]:
    """Find tests that create rows of the project's models without a factory.

    Args:
        module: The file.

    Yields:
        DS040.
    """
    if not module.is_test or module.parts[-1] == "factories.py":
        return
    for call in module.calls:
        model, _, method = module.dotted(call.func).rpartition(".objects.")
        if model.startswith("apps.") and method.removeprefix("a") in CREATORS:
            text = ast.unparse(call.func)
            yield module.finding(call, "DS040", f"`{text}()` bypasses the factory")
