"""Section 6: security baseline."""

from __future__ import annotations

import ast
import functools
import re
from typing import TYPE_CHECKING, Final

from pathspec import GitIgnoreSpec

from django_strict.rules.containers import IGNORE_FILES
from django_strict.rules.credentials import key_files
from django_strict.rules.files import fixed
from django_strict.rules.index import short
from django_strict.rules.model import rule
from django_strict.rules.module import (
    assigned,
    is_serializer,
    methods,
    starts_with,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project
    from django_strict.rules.index import Index
    from django_strict.rules.model import Problem
    from django_strict.rules.module import Function, Module
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
PERMISSIONS: Final = "rest_framework.permissions"
PERMITTING: Final = {"has_permission", "has_object_permission"}
# Of DRF's permissions, those that let everybody in.
SILENT: Final = {"AllowAny", "BasePermission"}
ALLOW: Final = "allow_request"
RATES: Final = {"get_rate", "get_cache_key"}
OVERRIDES: Final = {"get_permissions", "get_authenticators"}
ROUTES: Final = ("django.urls.path", "django.urls.re_path")


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
        True when it inherits, through classes of the project too, from a view of DRF, or
        from a class that is named like one.
    """
    for origin in module.lineage(definition)[1:]:
        last = origin.rpartition(".")[2]
        is_known = origin in module.index.definitions
        is_apps = origin.startswith("apps.") and ".views." in origin and not is_known
        if (is_apps or origin.startswith(VIEW_PACKAGES)) and last.endswith("View"):
            return True
        if last.endswith(VIEW_ENDINGS):
            return True
    return False


def is_base(module: Module, definition: ast.ClassDef) -> bool:
    """Tell whether a class is only inherited: no URL leads to it.

    Args:
        module: The file.
        definition: The class.

    Returns:
        True when the project has classes that inherit it, and routes none of it.
    """
    name = module.names.names_of[definition]
    inherited, routed = _families(module.index)
    return name in inherited and name not in routed


@functools.cache
def _families(index: Index) -> tuple[frozenset[str], frozenset[str]]:
    """List the classes that others inherit, and those that a URL leads to."""
    inherited: set[str] = set()
    routed: set[str] = set()
    for module in index.modules.values():
        for definition in module.classes:
            inherited |= {module.dotted(base) for base in definition.bases}
        for call in module.calls:
            left, name = module.callee(call)
            if name == "as_view" and left is not None:
                routed.add(module.dotted(left))
            if name == "register":
                routed |= {module.dotted(one) for one in call.args}
    return frozenset(inherited), frozenset(routed)


def _judge(module: Module, name: str, node: ast.AST) -> str:
    """Tell what is wrong with a declared value, as the end of a sentence.

    Args:
        module: The file.
        name: What is declared, such as ``permission_classes``.
        node: Its value.

    Returns:
        Empty when it says who may call, or how often.
    """
    parts = _elements(module, node)
    if parts is None:
        return "is borrowed or computed; list the classes"
    if name == "authentication_classes":
        return ""
    if not parts:
        allowed = "(AllowAny,)" if name == "permission_classes" else "the throttle"
        return f"is empty; write {allowed}"
    judge = _open if name == "permission_classes" else _limits_nothing
    return next((why for place, part in parts if (why := judge(place, part))), "")


def _elements(module: Module, node: ast.AST) -> list[tuple[Module, ast.expr]] | None:
    """List the parts of a list or tuple, None where they are not written down."""
    home, value = module.index.expression(module, node)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        left, right = _elements(home, value.left), _elements(home, value.right)
        return None if left is None or right is None else [*left, *right]
    if isinstance(value, ast.Call) and home.dotted(value.func) in {"tuple", "list"}:
        return _elements(home, value.args[0]) if value.args else []
    if not isinstance(value, ast.List | ast.Tuple | ast.Set):
        return None
    found: list[tuple[Module, ast.expr]] = []
    for part in value.elts:
        if isinstance(part, ast.Starred):
            inner = _elements(home, part.value)
            if inner is None:
                return None
            found += inner
        else:
            found.append((home, part))
    return found


def _open(module: Module, node: ast.expr) -> str:
    """Tell whether a permission lets everybody in and does not say so."""
    written = ast.unparse(node).rpartition(".")[2]
    name = module.dotted(node)
    last = name.rpartition(".")[2]
    is_plain = last == "AllowAny" and written == last
    lineage = module.index.lineage(name)
    if is_plain or not any(one.startswith(f"{PERMISSIONS}.") for one in lineage):
        return ""
    decides = [one for one, _ in _deciding(module, name, PERMITTING)]
    if not decides and lineage[-1].rpartition(".")[2] not in SILENT:
        return ""
    if not all(_always(one, "True") for one in decides):
        return ""
    return f"holds `{ast.unparse(node)}`, which lets everybody in; write AllowAny"


def _deciding(
    module: Module, name: str, names: set[str]
) -> list[tuple[Function, ast.ClassDef]]:
    """List the methods of some names that a class has, of the nearest class with one."""
    for owner in module.index.lineage(name):
        _, definition = module.index.definitions.get(owner, (module, None))
        if isinstance(definition, ast.ClassDef):
            own = [one for one in methods(definition) if one.name in names]
            if own:
                return [(one, definition) for one in own]
    return []


def _limits_nothing(module: Module, node: ast.expr) -> str:
    """Tell whether a throttle allows every request."""
    name = module.dotted(node)
    rate = module.index.constant(f"{name}.rate")
    is_free = name == "rest_framework.throttling.BaseThrottle" or (
        rate is not None and ast.unparse(rate[1]) == "None"
    )
    is_free |= any(_always(one, "True") for one, _ in _deciding(module, name, {ALLOW}))
    is_free |= any(_always(one, "None") for one, _ in _deciding(module, name, RATES))
    return f"holds `{ast.unparse(node)}`, which limits nothing" if is_free else ""


def _always(function: Function, text: str) -> bool:
    """Tell whether a function returns one constant, whatever happens."""
    if any(isinstance(node, ast.Raise) for node in ast.walk(function)):
        return False
    returned = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
    values = {ast.unparse(one.value) if one.value else "None" for one in returned}
    return values == {text}


@rule(
    "DS058",
    title="Every API view declares its own permission_classes and authentication_classes, and they say who may call it.",
    why="A reader sees who may call it, and a change of the defaults opens nothing.",
    fix="Add both to the class, as lists of classes. `authentication_classes = ()` and `permission_classes = (AllowAny,)` say that everybody may; an empty, borrowed or computed list says nothing. A function view takes both decorators; a route or an action that opens more becomes a view of its own.",
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
    """Judge classes, decorated functions, and what is declared for one route or action."""
    if module.is_test:
        return
    for definition in module.classes:
        if is_api_view(module, definition):
            yield from _declarations(module, definition)
    for function in module.functions:
        names = {name.rpartition(".")[2] for name in module.decorators(function)}
        missing = sorted({*DECLARATIONS} - names) if API_VIEW in names else []
        if missing:
            message = f"`{function.name}` declares no {' and no '.join(missing)}"
            yield module.at(function, message)
    yield from _elsewhere(module)


def _elsewhere(module: Module) -> Iterator[Problem]:
    """Judge what is declared outside of a class."""
    for call in module.calls:
        yield from _overrides(module, call, DECLARATIONS)
    for node in module.nodes:
        if problem := _made_otherwise(module, node):
            yield module.at(node, problem)
    for route, view in _plain_views(module):
        message = f"`{view}` is no API view: it asks for no permission and no throttle"
        yield module.at(route, message)


def _is_decorator(module: Module, node: ast.AST) -> bool:
    """Tell whether an expression decorates something."""
    above = module.parents.get(node)
    return node in getattr(above, "decorator_list", ())


def _made_otherwise(module: Module, node: ast.AST) -> str:
    """Tell whether a view, or what it declares, is not written in a class."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        is_declared = node.attr in {*DECLARATIONS, "throttle_classes"}
        return f"`{ast.unparse(node)}` is set from outside" if is_declared else ""
    if not isinstance(node, ast.Call):
        return ""
    name = module.dotted(node.func)
    is_made = isinstance(node.func, ast.Call) and name.endswith(f".{API_VIEW}")
    if is_made and not _is_decorator(module, node):
        return "an API view is made without its declarations"
    if name == "setattr":
        text = module.index.text(module, node.args[1])
        return f"`{text}` is set from outside" if text in DECLARATIONS else ""
    origins = [
        origin
        for base in (ast.walk(node.args[1]) if name == "type" and node.args[1:] else ())
        for origin in module.index.lineage(module.dotted(base) or "?")
    ]
    is_view = any(
        o.startswith(VIEW_PACKAGES) and o.endswith(VIEW_ENDINGS) for o in origins
    )
    return "an API view is made by `type`; write a class" if is_view else ""


def _declarations(module: Module, definition: ast.ClassDef) -> Iterator[Problem]:
    """Judge what an API view says itself."""
    own = assigned(definition)
    missing = sorted({*DECLARATIONS} - own.keys())
    name = module.names.names_of[definition]
    is_mixin = definition.name.endswith("Mixin")
    is_inherited = is_mixin and name not in _families(module.index)[1]
    is_inherited |= is_base(module, definition) and module.layer != "views"
    if missing and not is_inherited:
        message = f"`{definition.name}` declares no {' and no '.join(missing)}"
        yield module.at(definition, message)
    for name in own.keys() & {*DECLARATIONS}:
        if problem := _judge(module, name, own[name]):
            yield module.at(own[name], f"`{definition.name}.{name}` {problem}")
    for function in methods(definition):
        if function.name in OVERRIDES:
            yield from _decided_late(module, definition, function)


def _decided_late(
    module: Module, definition: ast.ClassDef, function: Function
) -> Iterator[Problem]:
    """Judge a method that decides about permissions for each request."""
    where = f"`{definition.name}.{function.name}`"
    declared = assigned(definition).get("permission_classes")
    says_so = declared is not None and "AllowAny" in ast.unparse(declared)
    for node in ast.walk(function):
        if not isinstance(node, ast.Return) or node.value is None:
            continue
        home, value = module.index.expression(module, node.value)
        if isinstance(value, ast.ListComp):
            home, value = home.index.expression(home, value.generators[0].iter)
        if _elements(home, value) == []:
            yield module.at(node, f"{where} may return nothing; list the classes")
        names = [n for n in ast.walk(value) if isinstance(n, ast.Name | ast.Attribute)]
        if (
            any(home.dotted(n) == f"{PERMISSIONS}.AllowAny" for n in names)
            and not says_so
        ):
            message = "opens what the class declares closed; give it a view of its own"
            yield module.at(node, f"{where} {message}")


def _overrides(
    module: Module, call: ast.Call, names: tuple[str, ...]
) -> Iterator[Problem]:
    """Judge what is declared for one route, one action or one function."""
    name = module.dotted(call.func)
    last = name.rpartition(".")[2]
    given = {k: v for k, v in module.keywords(call).items() if k in names}
    if last in names and name.startswith("rest_framework.") and call.args:
        given[last] = call.args[0]
    elif last not in {"action", "as_view"}:
        given = {}
    for option, value in given.items():
        problem = _judge(module, option, value)
        if not problem and last == "as_view":
            problem = _opened(module, call, value)
        if problem:
            yield module.at(
                value, f"`{option}` of `{ast.unparse(call.func)}` {problem}"
            )


def _opened(module: Module, call: ast.Call, value: ast.expr) -> str:
    """Tell whether a route lets everybody in where its view does not."""
    left, _ = module.callee(call)
    owner = module.dotted(left) if left is not None else ""
    parts = _elements(module, value) or []
    is_open = any(home.dotted(one).endswith(".AllowAny") for home, one in parts)
    if is_open and owner in module.index.definitions:
        return "opens what the view declares closed; give it a view of its own"
    return ""


def _plain_views(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Find routes to synchronous views of the project that are none of DRF's."""
    for call in module.calls if module.parts[-1] == "urls.py" else ():
        if starts_with(module.dotted(call.func), ROUTES) and call.args[1:]:
            name = _routed(module, call.args[1])
            if name and _is_plain(module, name):
                yield call, name


def _routed(module: Module, view: ast.expr) -> str:
    """Name the function or the class that a route leads to."""
    if not isinstance(view, ast.Call):
        return module.dotted(view)
    left, name = module.callee(view)
    return module.dotted(left) if name == "as_view" and left is not None else ""


def _is_plain(module: Module, name: str) -> bool:
    """Tell whether a view is the project's, synchronous, and none of DRF's."""
    home, view = module.index.definitions.get(name, (module, None))
    if isinstance(view, ast.ClassDef):
        is_async = any(isinstance(one, ast.AsyncFunctionDef) for one in methods(view))
        return not is_async and not is_api_view(home, view)
    if not isinstance(view, ast.FunctionDef):
        return False
    return not any(one.endswith(API_VIEW) for one in home.decorators(view))


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
    """Find routed views that rely on the defaults, or whose permissions are none."""
    judged: set[object] = set()
    for route, view, options in running.api_views():
        missing = [
            name
            for name in DECLARATIONS
            if name not in options and not running.declares(view, name)
        ]
        permissions = options.get("permission_classes", view.permission_classes)
        problem = f"declares no {' and no '.join(missing)}"
        if not missing and not permissions:
            problem = "lets everybody in: its permission_classes are empty"
        # A router has a handful of routes for one view.
        if (missing or not permissions) and view not in judged:
            judged.add(view)
            message = f"`{view.__name__}`, routed at /{route}, {problem}"
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
        if definition.name == "Meta":
            yield from _fields(module, definition)
        if owner := _meta_of(module, definition):
            message = f"`{definition.name}` shows the fields of `{owner}`; list its own"
            yield module.at(definition, message)
        made = assigned(definition).get("Meta")
        if made is not None and is_serializer(module, definition):
            yield module.at(made, f"`{definition.name}.Meta` is not written as a class")
    for node in module.nodes if module.is_product else ():
        is_set = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if is_set and ast.unparse(node).endswith((".Meta.fields", ".Meta.exclude")):
            yield module.at(node, f"`{ast.unparse(node)}` is set from outside")


def _meta_of(module: Module, definition: ast.ClassDef) -> str:
    """Name the serializer whose ``Meta`` a class takes over, empty when none."""
    own, *others = module.lineage(definition)
    if not is_serializer(module, definition) or is_base(module, definition):
        return ""
    if f"{own}.Meta" in module.index.definitions or "Meta" in assigned(definition):
        return ""
    known = module.index.definitions
    return next((short(one) for one in others if f"{one}.Meta" in known), "")


def _fields(module: Module, meta: ast.ClassDef) -> Iterator[Problem]:
    """Judge what one ``Meta`` says."""
    values = assigned(meta)
    fields = values.get("fields")
    if fields is not None and not _lists_names(module, fields):
        text = ast.unparse(fields)
        yield module.at(fields, f"`fields = {text}` is no list of names")
    if fields is None and meta.bases and _is_of_serializer(module, meta):
        base = ast.unparse(meta.bases[0])
        yield module.at(meta, f"`fields` is inherited from `{base}`")
    if "exclude" in values:
        message = "`exclude` lets every new field through"
        yield module.at(values["exclude"], message)


def _is_of_serializer(module: Module, meta: ast.ClassDef) -> bool:
    """Tell whether a ``Meta`` belongs to a serializer."""
    owner = module.parents.get(meta)
    return isinstance(owner, ast.ClassDef) and is_serializer(module, owner)


def _lists_names(module: Module, node: ast.AST) -> bool:
    """Tell whether a value is a list of names, or of django-filter a table of them."""
    home, value = module.index.expression(module, node)
    if isinstance(value, ast.Dict):
        return all(isinstance(key, ast.Constant) for key in value.keys)
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
        return _lists_names(home, value.value)
    parts = _elements(home, value)
    return parts is not None and all(
        place.index.text(place, part) not in {"", "__all__"} for place, part in parts
    )


throttled = rule(
    "DS062",
    title="Requests are throttled.",
    why="Without a limit one client can guess passwords and starve the others.",
    fix="Restore DEFAULT_THROTTLE_CLASSES and DEFAULT_THROTTLE_RATES, and never empty throttle_classes in a view.",
    where="apps/orders/views.py",
    bad='''
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView


class OrderView(APIView):
    """Orders."""

    permission_classes = (IsAuthenticated,)
    authentication_classes = ()
    throttle_classes = ()
''',
    good='''
from apps.core.throttling import LoginThrottle
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView


class OrderView(APIView):
    """Orders."""

    permission_classes = (IsAuthenticated,)
    authentication_classes = ()
    throttle_classes = (LoginThrottle,)
''',
)


@throttled
def no_view_switches_throttling_off(module: Module) -> Iterator[Problem]:
    """Find throttles that are empty, limit nothing, or are given up for a route."""
    if module.is_test:
        return
    for definition in module.classes:
        throttles = assigned(definition).get("throttle_classes")
        problem = _judge(module, "throttle_classes", throttles) if throttles else ""
        if problem and throttles:
            message = f"`{definition.name}` switches throttling off: its list {problem}"
            yield module.at(throttles, message)
        for function in methods(definition) if is_api_view(module, definition) else ():
            if _gives_up(module, function):
                message = (
                    f"`{definition.name}.{function.name}` may switch throttling off"
                )
                yield module.at(function, message)
    for call in module.calls:
        yield from _overrides(module, call, ("throttle_classes",))


def _gives_up(module: Module, function: Function) -> bool:
    """Tell whether a view decides itself about throttling, or may have no throttle."""
    returned = [one.value for one in ast.walk(function) if isinstance(one, ast.Return)]
    is_empty = any(one is None or _elements(module, one) == [] for one in returned)
    is_list = function.name == "get_throttles"
    return function.name == "check_throttles" or (is_list and is_empty)


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
