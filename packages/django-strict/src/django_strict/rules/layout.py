"""Sections 1 and 2: project structure and initialisation."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Final

from django_strict import migrations
from django_strict.rules.files import fixed
from django_strict.rules.model import rule
from django_strict.rules.module import starts_with
from django_strict.rules.values import imported, origin, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project
    from django_strict.rules.model import Problem
    from django_strict.rules.module import Module
    from django_strict.rules.running import Running

# What an app has: the files that the specification lists for its own example.
EXAMPLE: Final = "apps/users/"
# Written for sections 5 and 10, which name them apart from the tree of section 1.
FURTHER_FILES: Final = (
    *("nginx/nginx.conf", "ruff.strict.toml", "Dockerfile", "docker-compose.yml"),
    ".dockerignore",
)
# Origin of a base class, end of its name, and the module such classes belong to.
HOMES: Final = (
    ("django.db.models", ("Model",), "models"),
    ("apps.core.models", ("Model",), "models"),
    ("django.contrib.auth", ("AbstractUser", "AbstractBaseUser"), "models"),
    ("rest_framework.serializers", ("Serializer",), "serializers"),
    ("rest_framework", ("APIView", "ViewSet"), "views"),
    ("rest_framework.generics", ("View",), "views"),
    ("django.views", ("View",), "views"),
    ("rest_framework.permissions", ("Permission", "IsAuthenticated"), "permissions"),
    ("django.contrib", ("ModelAdmin", "UserAdmin"), "admin"),
    ("django.apps", ("AppConfig",), "apps"),
    ("factory", ("DjangoModelFactory",), "factories"),
)
ENVIRONMENT: Final = (
    *("os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv"),
    *("posix.environ", "nt.environ"),
)
LOADERS: Final = (
    *("os.path.expandvars", "dotenv.load_dotenv", "dotenv.dotenv_values"),
    *("dotenv.get_key", "dotenv.find_dotenv"),
)
ENVIRONMENT_FILE: Final = re.compile(r"^/proc/\w+/environ$")
# The typed models themselves, and the container's probe, which runs without Django.
READER: Final = "config/env.py"
SETTINGS_VARIABLE: Final = "DJANGO_SETTINGS_MODULE"
# Where gunicorn and Docker look for it; it configures the server, not the project.
SERVER_FILE: Final = "config/gunicorn.conf.py"
SERVER_VARIABLE: Final = "WEB_CONCURRENCY"


@rule(
    "DS010",
    title="Every file of the canonical layout is there.",
    why="People and tools find things where the specification puts them.",
    fix="Put the file back.",
    where="apps/core/pagination.py",
    bad="# the file is missing",
    good="# the file is there",
)
def canonical_files_are_there(project: Project) -> Iterator[Problem]:
    """Find files that are missing; the layers of apps are the next rule's."""
    for name in (*fixed("specification")["layout"], *FURTHER_FILES):
        is_layer = name.startswith(EXAMPLE) and not name.endswith("users/__init__.py")
        if not is_layer and not (project.root / name).is_file():
            yield project.at(name, "the file is missing")


@rule(
    "DS011",
    title="Every app has all the layers of section 1.",
    why="A layer without a file ends up in another layer's file.",
    fix="Create the missing file with a docstring, or let `poe startapp --bare NAME` write a whole app.",
    where="apps/orders/views.py",
    bad="# an app that consists of views.py alone",
    good="# an app as `poe startapp orders` writes it",
)
def apps_have_all_layers(project: Project) -> Iterator[Problem]:
    """Compare every app with the specification's; a layer may be a package."""
    layout = fixed("specification")["layout"]
    wanted = [name.removeprefix(EXAMPLE) for name in layout if name.startswith(EXAMPLE)]
    for app in project.apps:
        for name in wanted:
            file = project.root / "apps" / app / name
            package = file.with_suffix("") / "__init__.py"
            if not file.is_file() and not package.is_file():
                message = f"the app `{app}` has no {name}"
                yield project.at(f"apps/{app}/{name}", message)


@rule(
    "DS012",
    title="A class or a view stands in the module of its layer.",
    why="Who looks for models, views or permissions looks into one module.",
    fix="Move it to the module that the message names.",
    waivable=True,
    where="apps/orders/helpers.py",
    bad='''
from rest_framework import serializers


class OrderSerializer(serializers.Serializer[dict[str, int]]):
    """An order."""
''',
    good='''
class Parcel:
    """A parcel."""
''',
)
def classes_stand_in_their_layer(module: Module) -> Iterator[Problem]:
    """Judge by the base class; the core shares views and serializers."""
    if not module.app or module.is_migration:
        return
    places = {module.parts[-1].removesuffix(".py"), *module.parts[2:-1]}
    for definition in module.classes:
        home = _home(module, definition)
        is_shared = module.app == "core" and home in {"views", "serializers"}
        if home and home not in places and not is_shared:
            yield module.at(definition, f"`{definition.name}` belongs into {home}.py")
    if module.is_product and module.app != "core" and "views" not in places:
        for view in module.view_functions:
            yield module.at(view, f"the view `{view.name}` belongs into views.py")


def _home(module: Module, definition: ast.ClassDef) -> str:
    """Name the module that a class belongs to, empty when it may stand anywhere."""
    for base in definition.bases:
        origin = module.dotted(base)
        for package, endings, home in HOMES:
            if starts_with(origin, (package,)) and origin.endswith(endings):
                return home
    return ""


@rule(
    "DS013",
    title="Every package below `apps/` is an installed app.",
    why="Models, migrations, checks and templates of an app that is not installed do not exist for Django.",
    fix="Add the app to INSTALLED_APPS in config/settings.py and give it an AppConfig in apps.py.",
    where="config/settings.py",
    bad='INSTALLED_APPS = ["apps.core"]',
    good='INSTALLED_APPS = ["apps.core", "apps.users", "apps.orders"]',
)
def apps_are_installed(running: Running) -> Iterator[Problem]:
    """Find apps that Django does not know."""
    for app in ("core", *running.project.apps):
        if f"apps.{app}" not in running.installed:
            message = f"`apps.{app}` is not in INSTALLED_APPS"
            yield running.at_setting("INSTALLED_APPS", message)


@rule(
    "DS014",
    title="Accounts are the project's own user model.",
    why="Changing from Django's default user later means rewriting every foreign key.",
    fix='Set AUTH_USER_MODEL to "users.User", a model in apps/users/models.py that inherits from AbstractBaseUser.',
    enforced_by=("ruff TID251",),
    where="config/settings.py",
    bad='AUTH_USER_MODEL = "auth.User"',
    good='AUTH_USER_MODEL = "users.User"',
)
def users_are_the_projects_own(running: Running) -> Iterator[Problem]:
    """Judge the user model."""
    name = running.settings.AUTH_USER_MODEL
    if name != "users.User":
        yield running.at_setting("AUTH_USER_MODEL", f"AUTH_USER_MODEL is {name!r}")
        return
    model: Any = running.user_model
    names = {base.__name__ for base in model.__mro__}
    if not (
        model.__module__.startswith("apps.users.models") and "AbstractBaseUser" in names
    ):
        yield running.at_setting("AUTH_USER_MODEL", f"users.User is {model!r}")


@rule(
    "DS015",
    title="Settings come from pydantic-settings; nothing else reads the environment.",
    why="A variable that is read past the models is neither checked nor documented.",
    fix="Declare the variable in config/env.py, map it in config/settings.py and read it from django.conf.settings.",
    where="apps/orders/services.py",
    bad="""
import os

LIMIT = int(os.environ["ORDER_LIMIT"])
""",
    good="""
from django.conf import settings

LIMIT = settings.ORDER_LIMIT
""",
)
def environment_is_read_by_the_models_alone(module: Module) -> Iterator[Problem]:
    """Leave naming the settings module, and gunicorn's own variable, alone."""
    in_scope = module.parts[0] in {"apps", "config"} and not module.is_test
    if not in_scope or module.path == READER:
        return
    seen: set[tuple[int, int]] = set()
    yield from _own_readers(module)
    for node in module.nodes:
        if not _reads_environment(module, node):
            continue
        around = [above for above in module.up(node) if isinstance(above, ast.Call)]
        text = ast.unparse(around[0]) if around else ""
        names_settings = "setdefault" in text and SETTINGS_VARIABLE in text
        is_servers = module.path == SERVER_FILE and SERVER_VARIABLE in text
        # Once for each place: a chain says it again at every link.
        place = (getattr(node, "lineno", 1), getattr(node, "col_offset", 0))
        if not names_settings and not is_servers and place not in seen:
            seen.add(place)
            yield module.at(node, f"`{ast.unparse(node)}` reads the environment")


def _own_readers(module: Module) -> Iterator[Problem]:
    """Find models beside config/env.py that read the environment."""
    for definition in module.classes:
        bases = [origin(module, base) for base in definition.bases]
        if any(base.endswith("BaseSettings") for base in bases):
            message = f"`{definition.name}` reads the environment on its own"
            yield module.at(definition, message)


def _reads_environment(module: Module, node: ast.AST) -> bool:
    """Tell what reads variables, whatever it is called here."""
    if not isinstance(node, ast.Attribute | ast.Name | ast.Call | ast.Subscript):
        return False
    if isinstance(getattr(node, "ctx", None), ast.Store):
        return False
    if isinstance(node, ast.Name) and node.id not in imported(module):
        return False  # found where it gets its value
    name = origin(module, node)
    if name in ENVIRONMENT:
        return True
    if isinstance(node, ast.Call):
        texts = [text_of(module, argument) for argument in node.args]
        return name in LOADERS or any(ENVIRONMENT_FILE.search(text) for text in texts)
    head, _, last = name.rpartition(".")
    is_environment = last in {"getenv", "getenvb", "environb", "putenv"} or (
        last == "environ" and not head.endswith(("request", "self"))
    )
    return isinstance(node, ast.Attribute) and is_environment


rule(
    "DS016",
    title="Migrations describe the models as they are.",
    why="A model that differs from its migrations fails in production, not here.",
    fix="Run `uv run poe manage makemigrations` and commit what it writes.",
    enforced_by=("makemigrations",),
    where="apps/users/models.py",
    bad="nickname = models.CharField(max_length=50)  # and no migration",
    good="# apps/users/migrations/0002_user_nickname.py was written and committed",
)


@rule(
    "DS018",
    title="A new migration stops neither writes nor the code of yesterday.",
    why="While it is released, the old code runs on the new schema, and a long lock queues every request behind it.",
    fix="Release it in steps: add (with `db_default` or null), let the code write both, copy the rows, then take away; build indexes with `AddIndexConcurrently`, constraints with `AddConstraintNotValid` and, in a migration of its own, `ValidateConstraint`. Where the table is small or nobody uses it, end the operation's first line with `# waive DS018 until YYYY-MM-DD: the reason in some words`.",
    enforced_by=("squawk",),
    waivable=True,
    where="apps/users/migrations/0004_nickname.py",
    bad="""
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0003_email")]
    operations = [migrations.RemoveField("user", "full_name")]
""",
    good="# The code stops using the field in one release, its column goes in the next.",
)
def migrations_stop_nothing(project: Project) -> Iterator[Problem]:
    """Ask squawk about the SQL of migrations that the base commit does not hold."""
    for blocked in migrations.judge(project.root):
        yield project.at(blocked.path, blocked.message, blocked.line)


@rule(
    "DS017",
    title="Python below `apps/` belongs to an app, and every package has its `__init__.py`.",
    why="A loose module belongs to no layer, and an implicit package hides from tools.",
    fix="Move the module into an app and add `__init__.py` with a docstring.",
    enforced_by=("ruff INP001",),
    where="apps/helpers.py",
    bad="# apps/helpers.py beside the apps",
    good="# apps/core/helpers.py inside an app",
)
def modules_belong_to_apps(project: Project) -> Iterator[Problem]:
    """Find loose modules and packages without ``__init__.py``."""
    folder = project.root / "apps"
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            message = f"{path.name} belongs to no app"
            yield project.at(path.relative_to(project.root).as_posix(), message)
    for package in sorted(folder.rglob("*")):
        init = package / "__init__.py"
        if package.is_dir() and any(package.glob("*.py")) and not init.is_file():
            message = "the package has no __init__.py"
            yield project.at(init.relative_to(project.root).as_posix(), message)
