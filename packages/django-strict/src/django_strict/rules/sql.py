"""Section 6: security baseline."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import rule
from django_strict.rules.module import (
    MANAGERS,
    assigned,
    is_queryset,
    method,
    methods,
    receiver,
    starts_with,
)
from django_strict.rules.values import UNKNOWN, bindings, origin, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Problem
    from django_strict.rules.module import Module

RAW_CLASSES: Final = ("RawSQL", "RunSQL", "ExtraWhere")
SQL: Final = re.compile(
    r"\s*(select|with|insert|update|delete|truncate|create|alter|drop|grant|revoke|copy"
    r"|call|do|lock|set|vacuum|refresh|merge|notify|listen|explain)\b[\s\0(]",
    re.IGNORECASE,
)
EXTRA_OPTIONS: Final = {"select", "where", "tables", "params", "select_params"}
CURSOR_METHODS: Final = {"execute", "executemany", "callproc", "copy", "copy_expert"}
# What reads and writes no table: the ORM has no word for it.
SESSION: Final = re.compile(
    r"SET (LOCAL |SESSION )?\w+ (=|TO) '?\w+'?|SELECT pg_(try_)?advisory_\w+\(\d+\)"
)
CONNECTIONS: Final = ("django.db.connection", "django.db.connections")
EDITOR: Final = "schema_editor"
# Whoever holds one of these has a connection that Django does not know.
DRIVERS: Final = (
    *("aiomysql", "aiopg", "aiosqlite", "apsw", "asyncpg", "databases", "dataset"),
    *("django.db.backends.utils", "duckdb", "MySQLdb", "mysql", "oracledb", "peewee"),
    *("pg8000", "psycopg", "psycopg2", "psycopg_pool", "pymysql", "records", "sqlite3"),
    *("sqlalchemy", "sqlmodel", "tortoise"),
)
# What one needs to tell errors and types apart.
HARMLESS: Final = ("psycopg.errors", "psycopg.types", "psycopg2.errors")
EXPRESSIONS: Final = ("django.db.models", "django.contrib.postgres")
WRITERS: Final = ("as_sql", "as_postgresql")
QUERYSETS: Final = re.compile(r"\b(\w*QuerySet|\w*Manager)\b")


@rule(
    "DS060",
    title="No raw SQL.",
    why="`RawSQL`, `.raw()`, `.extra()`, cursors, SQL templates and other drivers walk past the ORM's escaping and typing.",
    fix="Write it with the ORM; if the project's owner approves the SQL, end the line with `# waive DS060 until YYYY-MM-DD: the reason in some words`.",
    enforced_by=("ruff S610", "ruff S611", "ruff TID251"),
    waivable=True,
    where="apps/orders/selectors.py",
    bad="""
from apps.orders.models import Order

ORDERS = Order.objects.raw("SELECT * FROM orders_order")
""",
    good="""
from apps.orders.models import Order

ORDERS = Order.objects.only("id")
""",
)
def no_sql_walks_past_the_orm(module: Module) -> Iterator[Problem]:
    """Tests may use it: some of them are about the database itself."""
    if module.is_test:
        return
    yield from _imported(module)
    cursors = _cursors(module)
    for call in module.calls:
        name = origin(module, call.func)
        if _is_raw(module, call, name, cursors):
            chain = f" -> {name}" if name != ast.unparse(call.func) else ""
            message = f"`{ast.unparse(call.func)}()`{chain} is raw SQL"
            yield module.at(call, message)
    for definition in module.classes:
        if reason := _writes_sql(module, definition):
            yield module.at(definition, f"`{definition.name}` {reason}")


def _imported(module: Module) -> Iterator[Problem]:
    """Find imports of what writes SQL, and of drivers."""
    for statement, source, _ in module.imports:
        if source.endswith(RAW_CLASSES):
            name = source.rpartition(".")[2]
            yield module.at(statement, f"`{name}` is imported for raw SQL")
        elif driver := _driver(module, source):
            message = f"`{driver}` is imported: it opens connections of its own"
            yield module.at(statement, message)


def _driver(module: Module, source: str) -> str:
    """Name the driver that an origin belongs to; the configuration sets up the pool."""
    if module.parts[0] not in {"apps", "rules"} or starts_with(source, HARMLESS):
        return ""
    if source in {f"{name}.errors" for name in DRIVERS}:
        return ""
    return starts_with(source, DRIVERS)


def _is_raw(module: Module, call: ast.Call, name: str, cursors: set[str]) -> bool:
    """Tell ``RawSQL``, ``RunSQL``, ``.raw()``, ``.extra()`` and cursors from others."""
    last = name.rpartition(".")[2] or method(call)
    head = name.rpartition(".")[0]
    if last in CURSOR_METHODS:
        return _executes(module, call, head, cursors)
    if last == "cursor":
        left = receiver(call)
        text = ast.unparse(left) if left else ""
        return starts_with(head, CONNECTIONS) != "" or "connection" in text
    if last in {"raw", "extra"}:
        return _queries(module, call, name)
    options = {word.arg for word in call.keywords}
    is_template = "template" in options and starts_with(name, EXPRESSIONS) != ""
    is_import = ast.unparse(call.func).endswith(("import_module", "__import__"))
    return (
        name.endswith(RAW_CLASSES)
        or is_template
        or last in {"execute_sql", "add_extra"}
        or (is_import and _driver(module, origin(module, call)) != "")
    )


def _executes(module: Module, call: ast.Call, head: str, cursors: set[str]) -> bool:
    """Tell a cursor's methods from others of their names."""
    if call.args and _is_fixed(module, head, text_of(module, call.args[0])):
        return False
    left = receiver(call)
    return (
        any(SQL.match(text_of(module, one)) for one in call.args)
        or starts_with(head, CONNECTIONS) != ""
        or EDITOR in head.split(".")
        or (left is not None and _is_cursor(left, cursors))
    )


def _queries(module: Module, call: ast.Call, name: str) -> bool:
    """Tell ``raw`` and ``extra`` of querysets from others of these names."""
    left = receiver(call)
    if set(name.split(".")[1:]) & MANAGERS or _is_annotated(module, left):
        return True
    if module.on_rows(call)[0]:
        return True
    if left is not None and is_queryset(left):
        return True
    if name.endswith("raw"):
        return any(SQL.match(text_of(module, one)) for one in call.args)
    return bool({word.arg for word in call.keywords} & EXTRA_OPTIONS)


def _is_fixed(module: Module, head: str, statement: str) -> bool:
    """Tell what needs no ORM: of a session, and fixed words of a migration's editor."""
    is_editor = module.is_migration and head.rsplit(".", maxsplit=1)[-1] == EDITOR
    known = statement != "" and UNKNOWN not in statement
    return known and (is_editor or SESSION.fullmatch(statement) is not None)


def _is_annotated(module: Module, node: ast.expr | None) -> bool:
    """Tell whether a name is an argument or variable of the type of a queryset."""
    if not isinstance(node, ast.Name):
        return False
    annotations = [
        found.annotation
        for found in module.nodes
        if (isinstance(found, ast.arg) and found.arg == node.id)
        or (
            isinstance(found, ast.AnnAssign)
            and isinstance(found.target, ast.Name)
            and found.target.id == node.id
        )
    ]
    values = bindings(module).get(node.id, [])
    return any(is_queryset(value) for value in values) or any(
        QUERYSETS.search(ast.unparse(one)) for one in annotations if one
    )


def _writes_sql(module: Module, definition: ast.ClassDef) -> str:
    """Tell how an expression of the ORM writes SQL of its own, empty when it does not."""
    bases = [origin(module, base) for base in definition.bases]
    if any(base.endswith(RAW_CLASSES) for base in bases):
        return "inherits raw SQL"
    if any(method.name in WRITERS for method in methods(definition)):
        return "writes SQL in as_sql"
    is_expression = any(starts_with(base, EXPRESSIONS) for base in bases)
    if "template" in assigned(definition) and is_expression:
        return "has a template of SQL"
    return ""


def _cursors(module: Module) -> set[str]:
    """List the names that a cursor is bound to, and those that always mean one."""
    return {"cursor", "cur"} | {
        name
        for name, values in bindings(module).items()
        if any(origin(module, value).endswith(".cursor") for value in values)
    }


def _is_cursor(node: ast.expr, names: set[str]) -> bool:
    """Recognise these names and ``connection.cursor()``."""
    if isinstance(node, ast.Call):
        return method(node) == "cursor"
    if isinstance(node, ast.Attribute):
        return node.attr in names
    return isinstance(node, ast.Name) and node.id in names
