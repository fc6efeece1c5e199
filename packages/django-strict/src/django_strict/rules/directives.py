"""Zero tolerance directives."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from django_strict.rules.files import PYPROJECT, fixed
from django_strict.rules.model import Problem, rule
from django_strict.rules.module import FUNCTIONS, is_docstring, starts_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project, Table
    from django_strict.rules.module import Definition, Module

MARKERS: Final = re.compile(r"\b(TODO|FIXME|XXX|HACK|TBD)\b")
# In lower case only where a comment or text begins: "todo" is also a name.
MARKER_FIRST: Final = re.compile(r"^[#\s]*(todo|fixme|xxx|hack|tbd)\b", re.IGNORECASE)
# Prose may speak of markers, as AGENTS.md does; these files only configure and render.
MARKED_FILES: Final = (
    *("Dockerfile", "*.yml", "*.toml", ".env.example", ".gitignore", ".dockerignore"),
    *("nginx/**/*", "apps/**/*.html", "apps/**/*.txt", "apps/**/*.json"),
)
PHRASES: Final = re.compile(
    r"\b(implement(ed|ation)?\s+(me|this|here|goes\s+here|later)\b"
    r"|(add|put|insert|write)\s+(your|the|more)?\s*(own\s+)?(code|logic|implementation)"
    r"\s+here\b"
    r"|your\s+(code|logic|implementation)(\s+goes)?\s+here\b"
    r"|(code|logic)\s+goes\s+here\b"
    r"|rest\s+of\s+(the\s+|your\s+)?(code|file|function|class|implementation|methods)\b"
    r"|(existing|remaining|other|previous)\s+(code|methods|fields|imports)\s+(stays?|here|"
    r"remains?|unchanged|omitted)\b"
    r"|omitted\s+for\s+brevity\b"
    r"|not\s+(yet\s+)?implemented(\s+yet)?\b"
    r"|to\s+be\s+implemented\b"
    r"|(stub|dummy|fake|placeholder)\s+implementation\b)"
    r"|^\W*\.\.\.\W*$"
    r"|\.\.\.\s*(existing|rest|remaining|other|more|same)\b"
    r"|\b(existing|rest|remaining|unchanged)\b[^.]{0,20}\.\.\.",
    re.IGNORECASE | re.MULTILINE,
)
BLANKET: Final = re.compile(
    r"#\s*(?:(noqa)(?!\s*:\s*[A-Z])|(type:\s*ignore)(?!\s*\[)|(ruff:\s*noqa)(?!\s*:)"
    r"|(mypy:\s*ignore-errors)|(mypy:\s*disable)|(pragma:\s*no\s*(?:cover|branch))"
    r"|(fmt:\s*(?:off|skip))|(pylint:\s*skip-file)|(pyright:\s*ignore)(?!\s*\[)"
    r"|(ruff:\s*(?:disable|ignore-file))|(isort:\s*(?:off|skip)))",
    re.IGNORECASE,
)
OVERLOADS: Final = ("typing.overload", "typing_extensions.overload")
PROTOCOLS: Final = ("typing.Protocol", "typing_extensions.Protocol")
UNFINISHED: Final = ("NotImplementedError", "builtins.NotImplementedError")
NO_TYPE_CHECK: Final = ("typing.no_type_check", "typing_extensions.no_type_check")
PACKAGE_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
PYTHON: Final = "3.12"
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


def _texts(node: ast.AST) -> list[str]:
    """List the strings inside an expression or statement."""
    return [
        child.value
        for child in ast.walk(node)
        if isinstance(child, ast.Constant) and isinstance(child.value, str)
    ]


no_markers = rule(
    "DS001",
    title="Code holds no marker of work left undone.",
    why="A marker promises work that nobody is bound to do.",
    fix="Do the work now, or open an issue and delete the marker.",
    enforced_by=("ruff FIX", "ruff TD"),
    where="apps/orders/services.py",
    # The marker's first letter is escaped: this file itself holds no marker.
    bad='''
def order_total() -> int:
    """Add up the order."""
    # \x54ODO: add taxes
    return 1
''',
    good='''
def order_total() -> int:
    """Add up the order, taxes included."""
    return 1
''',
)


@no_markers
def code_holds_no_marker(module: Module) -> Iterator[Problem]:
    """Read comments, docstrings, and texts that are returned, assigned or asserted."""
    for line, column, text in module.comments:
        if found := MARKERS.search(text) or MARKER_FIRST.search(text):
            yield Problem(module.path, line, column, f"the comment holds {found[1]}")
    for line, column, text in module.docstrings:
        if found := MARKERS.search(text):
            yield Problem(module.path, line, column, f"the docstring holds {found[1]}")
    for node in module.nodes:
        is_said = isinstance(node, ast.Assign | ast.Return | ast.Assert)
        texts = _texts(node) if is_said else []
        for found in filter(None, map(MARKER_FIRST.search, texts)):
            yield module.at(node, f"the text begins with {found[1]}")


@no_markers
def files_hold_no_marker(project: Project) -> Iterator[Problem]:
    """Read configuration and templates; words about the rule itself are no marker."""
    for pattern in MARKED_FILES:
        for path in sorted(project.root.glob(pattern)):
            name = path.relative_to(project.root).as_posix()
            for number, line in enumerate(project.lines(name), 1):
                is_about_rule = "no TODO" in line or "TODO comments" in line
                if not is_about_rule and (found := MARKERS.search(line)):
                    message = f"the line holds {found[1]}"
                    yield project.at(name, message, number, found.start() + 1)


@rule(
    "DS002",
    title="Every function and class has a real body: no `pass`, no `...`.",
    why="An empty body looks finished to callers and does nothing.",
    fix="Write the body, or delete the definition; an exception needs only its docstring.",
    enforced_by=("ruff PIE790",),
    where="apps/orders/services.py",
    bad='''
def order_cancel() -> None:
    """Cancel the order."""
    pass
''',
    good='''
class OrderError(Exception):
    """Something is wrong with the order."""
''',
)
def bodies_are_real(module: Module) -> Iterator[Problem]:
    """Find ``pass``, ``...``, and bodies of a docstring or a bare return alone."""
    for node in module.nodes:
        if isinstance(node, ast.Pass):
            yield module.at(node, "`pass` stands where code should stand")
        elif isinstance(node, ast.Expr) and ast.unparse(node) == "...":
            parent = module.parents.get(node)
            is_overload = isinstance(parent, FUNCTIONS) and (
                set(module.decorators(parent)) & set(OVERLOADS)
            )
            if not is_overload:
                yield module.at(node, "`...` stands where code should stand")
    for function in module.functions:
        body = [line for line in function.body if not is_docstring(line)]
        is_empty = not body or [ast.unparse(line) for line in body] == ["return"]
        if is_empty and not _is_interface(module, function):
            message = f"`{function.name}` does nothing: its body is empty"
            yield module.at(function, message)


def _is_interface(module: Module, function: Definition) -> bool:
    """Tell overloads, abstract methods and methods of a protocol from others."""
    if set(module.decorators(function)) & {*OVERLOADS, "abc.abstractmethod"}:
        return True
    parent = module.parents.get(function)
    return isinstance(parent, ast.ClassDef) and any(
        module.dotted(base) in PROTOCOLS for base in parent.bases
    )


@rule(
    "DS003",
    title="Nothing raises `NotImplementedError`.",
    why="It is a placeholder that fails in production instead of at review.",
    fix="Write the implementation; for an interface use `typing.Protocol` or `abc.abstractmethod` with a docstring as its body.",
    where="apps/orders/services.py",
    bad='''
def order_ship() -> None:
    """Ship the order."""
    raise NotImplementedError
''',
    good='''
from typing import Protocol


class Carrier(Protocol):
    """Somebody who ships."""

    def ship(self) -> None:
        """Ship a parcel."""
''',
)
def nothing_is_left_to_implement(module: Module) -> Iterator[Problem]:
    """Find it with and without a text, and through ``builtins``."""
    for node in module.nodes:
        raised = node.exc if isinstance(node, ast.Raise) else None
        origin = module.dotted(raised) if raised else ""
        if origin in UNFINISHED:
            yield module.at(node, "`raise NotImplementedError` is a placeholder")


@rule(
    "DS004",
    title="No text announces code that is missing.",
    why='Phrases such as "implement here" and "rest of code" stand where code should stand.',
    fix="Write the missing code in full and delete the phrase.",
    where="apps/orders/services.py",
    bad='''
def order_total() -> int:
    """Add up the order."""
    # ... rest of code
    return 0
''',
    good='''
def order_total() -> int:
    """Add up the order."""
    return sum((1, 2))
''',
)
def no_text_announces_code(module: Module) -> Iterator[Problem]:
    """Read comments, docstrings and the texts of errors."""
    for line, column, text in module.comments:
        words = text.lstrip("# ")
        if PHRASES.search(words):
            message = f"the comment stands for missing code: {words[:60]}"
            yield Problem(module.path, line, column, message)
    for line, column, text in module.docstrings:
        if found := PHRASES.search(text):
            message = f"the docstring announces missing code: {found[0].strip()[:60]}"
            yield Problem(module.path, line, column, message)
    for node in module.nodes:
        text = " ".join(_texts(node)) if isinstance(node, ast.Raise) else ""
        if found := PHRASES.search(text):
            message = f"the error announces missing code: {found[0].strip()[:60]}"
            yield module.at(node, message)


rule(
    "DS005",
    title="No code is commented out.",
    why="Dead code hides the living; git remembers it.",
    fix="Delete the commented-out lines.",
    enforced_by=("ruff ERA001",),
    where="apps/orders/services.py",
    bad="# total = price * amount",
    good="# Prices include taxes.",
)
rule(
    "DS006",
    title="Functions stay small and simple.",
    why="What has many branches is neither read nor tested completely.",
    fix="Split the function along its branches; give each part a name.",
    enforced_by=("ruff C901", "ruff PLR09"),
    where="apps/orders/services.py",
    bad='''
def order_price(a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> int:
    """Add up far too many arguments."""
    return a + b + c + d + e + f + g
''',
    good='''
def order_price(*, net: int, tax: int) -> int:
    """Add the tax."""
    return net + tax
''',
)


@rule(
    "DS007",
    title="The stack of the specification is what the project depends on.",
    why="Django, DRF, pydantic-settings, drf-spectacular, django-redis, gunicorn, uvicorn, pytest-django, factory-boy, pytest-cov and ruff on Python 3.12 are mandatory.",
    fix="Put the package back with `uv add NAME` (or `uv add --dev NAME`).",
    where="pyproject.toml",
    bad='dependencies = ["django>=6.1.3"]',
    good='dependencies = ["django>=6.1.3", "djangorestframework>=3.18.3"]',
)
def the_stack_is_there(project: Project) -> Iterator[Problem]:
    """Find packages of the stack that are gone, and another Python."""
    table = project.toml(PYPROJECT)
    present: dict[str, set[str]] = {"project": set(), "dependency-groups": set()}
    for path, entries in requirements(table).items():
        found = (PACKAGE_NAME.match(entry) for entry in entries)
        present[path[0]] |= {name[0].lower() for name in found if name}
    for kind, wanted in fixed("strictness")["stack"].items():
        head = "project" if kind == "dependencies" else "dependency-groups"
        for name in wanted:
            if name not in present[head]:
                yield table.at((head, kind), f"`{name}` is not a dependency")
    requires = str(table.table("project").get("requires-python"))
    if PYTHON not in requires:
        message = f"requires-python is {requires} and must name {PYTHON}"
        yield table.at(("project", "requires-python"), message)


def requirements(table: Table) -> dict[tuple[str, str], list[str]]:
    """List what ``pyproject.toml`` requires, by the names that lead to each list."""
    lists = {("project", "dependencies"): table.items("project", "dependencies")}
    for group, entries in table.table("dependency-groups").items():
        lists["dependency-groups", group] = entries
    return {
        path: [entry for entry in entries if isinstance(entry, str)]
        for path, entries in lists.items()
    }


@rule(
    "DS008",
    title="Nothing imports a package that rivals the stack.",
    why="Two tools for one job are two sets of faults; `aioredis`, for one, no longer runs.",
    fix="Use the package of the stack that the message names.",
    enforced_by=("ruff TID251",),
    waivable=True,
    where="apps/orders/services.py",
    bad="import aioredis",
    good="from redis import asyncio as redis",
)
def no_rival_is_imported(module: Module) -> Iterator[Problem]:
    """Look at every import, nested ones too."""
    for node, origin, _ in module.imports:
        if rival := starts_with(origin, tuple(RIVALS)):
            message = f"`{rival}` is imported; the stack has {RIVALS[rival]}"
            yield module.at(node, message)


@rule(
    "DS009",
    title="Suppressions name what they suppress, and none switches a whole gate off.",
    why="A blanket `noqa` or `type: ignore` also hides the next mistake on its line.",
    fix="Fix the line; if that is impossible, name the code, as in `# noqa: S603`.",
    enforced_by=("ruff PGH003", "ruff PGH004", "ruff RUF100"),
    where="apps/orders/services.py",
    bad='TOTAL = "1" + 1  # type: ignore',
    good="TOTAL = 1 + 1",
)
def suppressions_are_named(module: Module) -> Iterator[Problem]:
    """Find comments and decorators that switch a whole tool off."""
    for line, column, text in module.comments:
        if found := BLANKET.search(text):
            name = next(group for group in found.groups() if group)
            message = f"`{name}` suppresses more than one named finding"
            yield Problem(module.path, line, column, message)
    for definition in (*module.functions, *module.classes):
        for decorator in definition.decorator_list:
            if module.dotted(decorator) in NO_TYPE_CHECK:
                yield module.at(decorator, "`no_type_check` hides all type errors")
