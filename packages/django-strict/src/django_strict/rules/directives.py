"""Zero tolerance directives."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from django_strict.rules.files import PYPROJECT, fixed
from django_strict.rules.model import Problem, rule
from django_strict.rules.module import FUNCTIONS, starts_with
from django_strict.rules.values import origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project, Table
    from django_strict.rules.module import Definition, Function, Module

# In capitals wherever they stand, in other spellings too.
MARKERS: Final = re.compile(
    r"\b(T[ ._-]?O[ ._-]?D[ ._-]?O|F[ ._-]?I[ ._-]?X[ ._-]?M[ ._-]?E|FIX[ ._-]?IT|XXX|HACK"
    r"|TBD|TBA|TBC|WIP|CHANGE[ _-]?ME|UNFINISHED|UNIMPLEMENTED"
    r"|(?:BUG|REFACTOR|OPTIMI[SZ]E|REVISIT|REVIEW|KLUDGE)(?=:|\())(?!\w)"
)
# In other letters only where a text begins, or in front of a colon: "todo" is also a name.
WORD: Final = r"(@?todo|to-do|to_do|fix-?me|xxx|hack|tbd|tba|wip|work in progress)"
OPENING: Final = r"[#\s/*<!>{%\[\]|+-]"
MARKER_FIRST: Final = re.compile(
    rf"^{OPENING}*(?:\d+[.)]{OPENING}*)?(?:{WORD}\b(?![ -]?(?:list|item|app|board|s\b))|to do\s*:)",
    re.IGNORECASE,
)
MARKER_TITLE: Final = re.compile(
    r"\b(todo|to-do|fix-?me)(?=\s*(?:\([\w@ ]+\))?:\s)", re.IGNORECASE
)
# A text is one when it begins with the word, as somebody says it; in a list of choices
# "todo" is a value like others.
MARKER_TEXT: Final = re.compile(
    r"^\s*(?:(todo|fixme|tbd)\s*[:(!]|(?-i:TODO|FIXME|XXX|HACK|TBD)\b)", re.IGNORECASE
)
CODE: Final = re.compile(r"`[^`]*`|\"[^\"]*\"")
COMMENT: Final = re.compile(r"(?:^|\s)(?:#|//|<!--|\{#|;;?)\s*(?P<text>.*)$")
PROSE: Final = (".md", ".rst")
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
    r"|(still|yet|remains)\s+to\s+be\s+(done|written|completed|decided|filled\s+in|added)\b"
    r"|to\s+be\s+implemented\b|(will|needs\s+to)\s+be\s+implemented\b|unimplemented\b"
    r"|(stub|dummy|fake|placeholder)\s+implementation\b|needs\s+(an?\s+)?implement(ing|ation)\b"
    r"|(fill|finish|complete|do|write)\s+(this|it|me)\s+((in|out|up)\s+)?later\b"
    r"|fill\s+(me|this)\s+in\b|coming\s+soon\b|lorem\s+ipsum\b|work\s+in\s+progress\b"
    r"|left\s+(as\s+an\s+exercise|out\s+for\s+now|for\s+later|unfinished)\b"
    r"|(quick|dirty|temporary|ugly)\s+(hack|fix|workaround|solution)\b"
    r"|(only|just)\s+a\s+(stub|placeholder|skeleton)\b)"
    r"|^\W*to\s+be\s+(done|written|completed|decided|defined|continued|added)\b"
    r"|^\W*(an?\s+)?(placeholder|stub|skeleton)(\W*$|\s+(for\s+now|until|to\s+be|only)\b)"
    r"|^\W*\.\.\.\W*$"
    r"|\.\.\.\s*(existing|rest|remaining|other|more|same)\b"
    r"|\b(existing|rest|remaining|unchanged)\b[^.]{0,20}\.\.\.",
    re.IGNORECASE | re.MULTILINE,
)
BLANKET: Final = re.compile(
    r"#\s*(?:(noqa)(?!\s*:\s*[A-Z]+\d)|(type:\s*ignore)(?!\s*\[)|(ruff:\s*noqa)"
    r"|(flake8[:=]\s*noqa)|(mypy:)\s*\S|(pragma[:\s]?\s*no[\s_-]*(?:cover|branch))"
    r"|(fmt:\s*(?:off|skip))|(pylint:\s*(?:skip-file|disable))"
    r"|(pyright:\s*(?:basic|strict=|ignore(?!\s*\[)|report))|(pyre-\w+)|(nosec)\b"
    r"|(ruff:\s*(?:disable|ignore-file|isort))|(isort:\s*(?:off|skip\w*))|(yapf:\s*disable)"
    r"|(type:\s*ignore\[[^\]]*,[^\]]*,[^\]]*,))",
    re.IGNORECASE,
)
OVERLOADS: Final = ("typing.overload", "typing_extensions.overload")
PROTOCOLS: Final = ("typing.Protocol", "typing_extensions.Protocol")
UNFINISHED: Final = ("NotImplementedError", "builtins.NotImplementedError")
ABSTRACT: Final = ("abc.abstractmethod",)
# Errors that say nothing about what went wrong: whoever raises one has not begun.
GENERAL: Final = (
    "RuntimeError",
    "Exception",
    "BaseException",
    "AssertionError",
    "SystemError",
)
NO_TYPE_CHECK: Final = tuple(
    f"{module}.no_type_check{end}"
    for module in ("typing", "typing_extensions")
    for end in ("", "_decorator")
)
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
    """Read comments, docstrings, and texts; in tests a text may be any data."""
    for line, column, text in module.comments:
        if found := _marker(text):
            yield Problem(module.path, line, column, f"the comment holds {found}")
    for line, column, text in module.docstrings:
        if found := next(filter(None, map(_marker, text.splitlines())), ""):
            yield Problem(module.path, line, column, f"the docstring holds {found}")
    for node in module.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            parent = module.parents.get(node)
            is_said = isinstance(parent, ast.Assign | ast.Return | ast.Assert)
            if (is_said or not module.is_test) and MARKER_TEXT.search(node.value):
                message = f"the text begins with {node.value.split()[0]}"
                yield module.at(node, message)


def _marker(text: str) -> str:
    """Find a marker in a comment or in a line of a docstring."""
    words = CODE.sub("", text)
    kinds = (MARKERS, MARKER_FIRST, MARKER_TITLE)
    found = next(filter(None, (kind.search(words) for kind in kinds)), None)
    return found[0].strip(" #/*<!>{%[]-") if found else ""


@no_markers
def files_hold_no_marker(project: Project) -> Iterator[Problem]:
    """Read all texts; in prose a marker begins a line, since one may speak of it there."""
    for path in project.texts:
        for number, line in enumerate(project.lines(path), 1):
            is_about_rule = "no TODO" in line or "TODO comments" in line
            words = CODE.sub("", line)
            if path.endswith(PROSE):
                found = MARKER_FIRST.search(words) or MARKER_TITLE.search(words)
            else:
                comment = COMMENT.search(words)
                found = MARKERS.search(words)
                found = found or (
                    MARKER_FIRST.search(comment["text"]) if comment else None
                )
            if found and not is_about_rule:
                message = f"the line holds {found[0].strip(' #/*<!>{%[]-')}"
                yield project.at(path, message, number, found.start() + 1)


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
    """Find ``pass``, ``...``, and bodies that hold nothing which does anything."""
    for node in module.nodes:
        if isinstance(node, ast.Pass):
            yield module.at(node, "`pass` stands where code should stand")
        elif isinstance(node, ast.Expr) and ast.unparse(node) in {"...", "Ellipsis"}:
            parent = module.parents.get(node)
            is_overload = isinstance(parent, FUNCTIONS) and (
                set(module.decorators(parent)) & set(OVERLOADS)
            )
            if not is_overload:
                yield module.at(node, "`...` stands where code should stand")
    for function in module.functions:
        is_empty = all(_does_nothing(statement) for statement in function.body)
        # A method, or a receiver, takes what its caller hands to all of its kind, and
        # says so.
        is_handed = function.decorator_list or isinstance(
            module.parents.get(function), ast.ClassDef
        )
        is_silent = is_handed and any(
            isinstance(statement, ast.Delete) for statement in function.body
        )
        if is_empty and not is_silent and not _is_interface(module, function):
            message = f"`{function.name}` does nothing: its body is empty"
            yield module.at(function, message)
        elif reason := _stub(module, function):
            yield module.at(function, f"`{function.name}` {reason}")


def _does_nothing(statement: ast.stmt) -> bool:
    """Tell statements without any effect from others."""
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant() | ast.Name() | ast.Attribute()):
            nothing = True
        case ast.Return(value=None | ast.Constant(value=None)):
            nothing = True
        case ast.Delete(targets=targets):
            nothing = all(isinstance(target, ast.Name) for target in targets)
        case ast.Assign(targets=[ast.Name(id="_")], value=value):
            nothing = isinstance(value, ast.Name | ast.Constant | ast.Tuple)
        case ast.Assert(test=ast.Constant(value=value)):
            nothing = bool(value)
        case ast.If(test=ast.Constant(value=value)):
            nothing = all(
                map(_does_nothing, statement.body if value else statement.orelse)
            )
        case _:
            nothing = False
    return nothing


def _stub(module: Module, function: Function) -> str:
    """Tell how a function refuses to do what its name says, empty when it does not."""
    body = [line for line in function.body if not _does_nothing(line)]
    returns = ast.unparse(function.returns) if function.returns else ""
    is_special = function.name.startswith("__") or returns.endswith(
        ("NoReturn", "Never")
    )
    if len(body) != 1 or is_special or module.is_test:
        return ""
    match body[0]:
        case ast.Assert(test=ast.Constant()):
            return "does nothing but assert a constant"
        case ast.Return(value=ast.Name(id="NotImplemented" | "Ellipsis")):
            return "returns a placeholder"
        case ast.Raise(exc=ast.expr() as raised):
            name = origin(module, raised).removeprefix("builtins.")
            if name in GENERAL and "typing.override" not in module.decorators(function):
                return f"does nothing but raise {name}"
    return ""


def _is_interface(module: Module, function: Definition) -> bool:
    """Tell overloads, abstract methods and methods of a protocol from others."""
    decorators = set(module.decorators(function))
    parent = module.parents.get(function)
    # Without a base that knows it, the decorator is a word.
    is_abstract = isinstance(parent, ast.ClassDef) and (parent.bases or parent.keywords)
    if decorators & set(OVERLOADS) or (is_abstract and decorators & set(ABSTRACT)):
        return True
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
    """Find it raised, kept under another name, and as a base; caught it may be."""
    for node in module.nodes:
        if isinstance(node, ast.Raise):
            last = origin(module, node.exc)
            if last in UNFINISHED or last == "NotImplemented":
                yield module.at(node, "`raise NotImplementedError` is a placeholder")
        elif isinstance(node, ast.ClassDef):
            for base in node.bases:
                if origin(module, base) in UNFINISHED:
                    yield module.at(
                        node, f"`{node.name}` is NotImplementedError renamed"
                    )


unannounced = rule(
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


@unannounced
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
        is_said = isinstance(node, ast.Raise) or (
            isinstance(node, ast.Return | ast.Assign | ast.Assert)
            and not module.is_test
        )
        text = " ".join(_texts(node)) if is_said else ""
        if found := PHRASES.search(text):
            message = f"the text announces missing code: {found[0].strip()[:60]}"
            yield module.at(node, message)


@unannounced
def no_file_announces_code(project: Project) -> Iterator[Problem]:
    """Read the comments of all texts, and prose as a whole."""
    for path in project.texts:
        before = ""
        for number, line in enumerate(project.lines(path), 1):
            comment = COMMENT.search(line)
            is_prose = path.endswith(PROSE)
            words = CODE.sub(
                "", line if is_prose else comment["text"] if comment else ""
            ).strip()
            # A sentence may go on from the line before.
            found = PHRASES.search(words) or PHRASES.search(f"{before} {words}")
            if found:
                message = f"the line announces missing code: {found[0].strip()[:60]}"
                yield project.at(path, message, number)
            before = "" if found or not words else words


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
    for node, source, _ in module.imports:
        if rival := starts_with(source, tuple(RIVALS)):
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
    for node in module.nodes:
        if isinstance(node, ast.Attribute | ast.Name) and (
            origin(module, node) in NO_TYPE_CHECK
        ):
            yield module.at(node, "`no_type_check` hides all type errors")
