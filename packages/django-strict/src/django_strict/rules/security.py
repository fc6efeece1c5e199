"""Section 6: security baseline."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from pathspec import GitIgnoreSpec

from django_strict.rules.containers import IGNORE_FILES
from django_strict.rules.credentials import key_files
from django_strict.rules.files import fixed
from django_strict.rules.model import rule
from django_strict.rules.module import assigned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project
    from django_strict.rules.model import Problem
    from django_strict.rules.module import Module
    from django_strict.rules.running import Production, Running

GUARDS: Final = (
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
# One of each kind that must never get through.
SECRET_FILES: Final = (
    *(".env", ".env.production", ".env.local", "config/.env", "prod.env", "key.pem"),
    *("id_rsa", ".netrc", "secrets/database_url", "backups/dump", "server.key"),
)
# Docker's patterns begin at the root, unless they say otherwise.
DOCKERS: Final = re.compile(r"^(!?)(?=[^/!*#]|\*[^*])")
CSRF_EXEMPT: Final = "csrf_exempt"
DECLARATIONS: Final = ("permission_classes", "authentication_classes")
API_VIEW: Final = "api_view"
VIEW_PACKAGES: Final = ("rest_framework.", "drf_spectacular.views.")
VIEW_ENDINGS: Final = ("APIView", "ViewSet", "GenericViewSet")


@rule(
    "DS056",
    title="`.env` files, keys and other files of secrets stay out of git and out of the image.",
    why="Only .env.example, with placeholder values, is committed; what once was stays in the history.",
    fix="List the file in .gitignore and .dockerignore, below all lines with `!`; take a committed one out with `git rm --cached` and change its secrets.",
    where=".gitignore",
    bad="*.pyc",
    good="""
*.pyc
.env
""",
)
def env_files_stay_out(project: Project) -> Iterator[Problem]:
    """Ask the ignore files what they let through, and git what it keeps."""
    for path in project.files:
        name = path.rpartition("/")[2]
        if name != ".gitignore" and not name.endswith(".dockerignore"):
            continue
        is_docker = name != ".gitignore"
        if path in IGNORE_FILES and not ignores(project.lines(path), ".env", is_docker):
            yield project.at(path, "the line `.env` is missing, or undone below")
        for number, line in enumerate(project.lines(path), 1):
            again = line.strip().removeprefix("!")
            lets = again != line.strip() and [
                one for one in SECRET_FILES if ignores([again], one, is_docker)
            ]
            if lets:
                yield project.at(path, f"`{line}` lets {lets[0]} through", number)
        if is_docker and path != ".dockerignore":
            message = "Docker reads this file instead of .dockerignore"
            yield project.at(path, message)
    for path in key_files(project):
        yield project.at(path, "git keeps this file, which holds secrets by its name")


def ignores(lines: list[str], path: str, is_docker: bool) -> bool:  # noqa: FBT001
    """Tell whether the lines of an ignore file leave a path out.

    Args:
        lines: The lines; a later one undoes an earlier one.
        path: The path, relative to the file.
        is_docker: Whether its patterns begin at the file's folder, as Docker's do.

    Returns:
        True when it is left out.
    """
    if is_docker:
        lines = [DOCKERS.sub(r"\1/", line.strip()) for line in lines]
    return GitIgnoreSpec.from_lines(lines).match_file(path)


@rule(
    "DS057",
    title="Production settings are those of the security baseline.",
    why="HSTS, HTTPS redirect, secure cookies and the rest only protect when they are on.",
    fix="Restore the value that the message names in config/settings.py.",
    where="config/settings.py",
    bad="SECURE_SSL_REDIRECT = False",
    good="SECURE_SSL_REDIRECT = True",
)
def production_is_secure(production: Production) -> Iterator[Problem]:
    """Compare settings and middleware with the baseline."""
    settings = production.settings
    for name, value in fixed("specification")["security"].items():
        wanted = tuple(value) if isinstance(value, list) else value
        actual = getattr(settings, name, None)
        if actual != wanted:
            message = f"{name} is {actual!r} in production and must be {wanted!r}"
            yield production.at_setting(name, message)
    if settings.DEBUG:
        message = "DEBUG is True in production and must be False"
        yield production.at_setting("DEBUG", message)
    if "*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS:
        message = "ALLOWED_HOSTS must list host names"
        yield production.at_setting("ALLOWED_HOSTS", message)
    for name in GUARDS:
        if name not in settings.MIDDLEWARE:
            yield production.at_setting("MIDDLEWARE", f"MIDDLEWARE lacks {name}")


def is_api_view(module: Module, definition: ast.ClassDef) -> bool:
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
        is_apps = origin.startswith("apps.") and ".views." in origin
        if (is_apps or origin.startswith(VIEW_PACKAGES)) and last.endswith("View"):
            return True
        if last.endswith(VIEW_ENDINGS):
            return True
        local = names.get(origin)
        if local and local is not definition and is_api_view(module, local):
            return True
    return False


@rule(
    "DS058",
    title="Every API view declares its own permission_classes and authentication_classes.",
    why="A reader sees who may call it, and a change of the defaults opens nothing.",
    fix="Add both to the class; `()` and `(AllowAny,)` are declarations too. A function view takes both decorators.",
    where="apps/orders/views.py",
    bad='''
from rest_framework.views import APIView


class OrderView(APIView):
    """Orders."""

    permission_classes = ()
''',
    good='''
from rest_framework.permissions import IsAuthenticated
from rest_framework.authentication import TokenAuthentication
from rest_framework.views import APIView


class OrderView(APIView):
    """Orders."""

    permission_classes = (IsAuthenticated,)
    authentication_classes = (TokenAuthentication,)
''',
)
def views_declare_who_may_call_them(module: Module) -> Iterator[Problem]:
    """Judge classes and decorated functions; views that use a mixin are judged."""
    for definition in () if module.is_test else module.classes:
        missing = sorted({*DECLARATIONS} - assigned(definition).keys())
        is_mixin = definition.name.endswith("Mixin")
        if missing and not is_mixin and is_api_view(module, definition):
            message = f"`{definition.name}` declares no {' and no '.join(missing)}"
            yield module.at(definition, message)
    for function in () if module.is_test else module.functions:
        names = {name.rpartition(".")[2] for name in module.decorators(function)}
        missing = sorted({*DECLARATIONS} - names) if API_VIEW in names else []
        if missing:
            message = f"`{function.name}` declares no {' and no '.join(missing)}"
            yield module.at(function, message)


@rule(
    "DS059",
    title="Every routed API view declares them, also one of a third party.",
    why="A view of a package, put into the URLs as it is, relies on defaults nobody chose.",
    fix="Subclass the view in views.py and declare permission_classes and authentication_classes there.",
    where="config/urls.py",
    bad='path("api/schema/", SpectacularAPIView.as_view())',
    good='path("api/schema/", SchemaView.as_view())',
)
def routed_views_declare_it_too(running: Running) -> Iterator[Problem]:
    """Find routed views, of packages for instance, that rely on the defaults."""
    judged: set[object] = set()
    for route, view, options in running.api_views():
        missing = [
            name
            for name in DECLARATIONS
            if name not in options and not running.declares(view, name)
        ]
        # A router has a handful of routes for one view.
        if missing and view not in judged:
            judged.add(view)
            names = " and no ".join(missing)
            message = f"`{view.__name__}`, routed at /{route}, declares no {names}"
            yield running.at_source(view, message)


@rule(
    "DS061",
    title="Serializers list their fields.",
    why="With `__all__` or `exclude` every new column of the model is public, and writable, at once.",
    fix="Write `fields: ClassVar[list[str]] = [...]` with the names.",
    enforced_by=("ruff DJ007",),
    where="apps/orders/serializers.py",
    bad='''
class Meta:
    """Fields."""

    fields = "__all__"
''',
    good='''
class Meta:
    """Fields."""

    fields = ["id", "amount"]
''',
)
def serializers_list_their_fields(module: Module) -> Iterator[Problem]:
    """Judge every ``Meta``, of forms too."""
    for definition in module.classes if module.is_product else ():
        if definition.name != "Meta":
            continue
        values = assigned(definition)
        fields = values.get("fields")
        if fields is not None and not isinstance(fields, ast.List | ast.Tuple):
            text = ast.unparse(fields)
            if "__all__" in text or "ALL_FIELDS" in text:
                yield module.at(fields, f"`fields = {text}`")
        if "exclude" in values:
            message = "`exclude` lets every new field through"
            yield module.at(values["exclude"], message)


throttled = rule(
    "DS062",
    title="Requests are throttled.",
    why="Without a limit one client can guess passwords and starve the others.",
    fix="Restore DEFAULT_THROTTLE_CLASSES and DEFAULT_THROTTLE_RATES, and never empty throttle_classes in a view.",
    where="apps/orders/views.py",
    bad='''
from rest_framework.views import APIView


class OrderView(APIView):
    """Orders."""

    permission_classes = ()
    authentication_classes = ()
    throttle_classes = ()
''',
    good='''
from apps.core.throttling import LoginThrottle
from rest_framework.views import APIView


class OrderView(APIView):
    """Orders."""

    permission_classes = ()
    authentication_classes = ()
    throttle_classes = (LoginThrottle,)
''',
)


@throttled
def no_view_switches_throttling_off(module: Module) -> Iterator[Problem]:
    """Find empty throttles."""
    for definition in () if module.is_test else module.classes:
        throttles = assigned(definition).get("throttle_classes")
        if isinstance(throttles, ast.List | ast.Tuple) and not throttles.elts:
            yield module.at(throttles, f"`{definition.name}` switches throttling off")


@throttled
def the_defaults_throttle(running: Running) -> Iterator[Problem]:
    """Find defaults without classes or rates."""
    for name in ("DEFAULT_THROTTLE_CLASSES", "DEFAULT_THROTTLE_RATES"):
        if not running.api.get(name):
            yield running.at_setting(name, f"{name} is empty")


@rule(
    "DS063",
    title="CSRF protection stays on.",
    why="A session cookie travels with requests that other sites make.",
    fix="Remove csrf_exempt; clients without cookies authenticate with a token and need none.",
    enforced_by=("ruff TID251",),
    where="apps/orders/views.py",
    bad="from django.views.decorators.csrf import csrf_exempt as public",
    good="from django.views.decorators.csrf import csrf_protect",
)
def csrf_protection_stays(module: Module) -> Iterator[Problem]:
    """Find the decorator and the flag that it sets."""
    for node, origin, _ in module.imports:
        if origin.endswith(f".{CSRF_EXEMPT}"):
            yield module.at(node, f"`{origin}` is imported")
    for use in module.nodes:
        if isinstance(use, ast.Attribute) and use.attr == CSRF_EXEMPT:
            yield module.at(use, f"`{ast.unparse(use)}` switches CSRF protection off")
