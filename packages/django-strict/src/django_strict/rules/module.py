"""A Python file, parsed once and shared by all checks; nothing is imported or run."""

from __future__ import annotations

import ast
import functools
import io
import tokenize
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.index import Index, Value
    from django_strict.rules.names import Names

type Function = ast.FunctionDef | ast.AsyncFunctionDef
type Definition = Function | ast.ClassDef

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
MANAGERS: Final = {"objects", "_default_manager", "_base_manager"}
# Methods that only querysets have: enough to know one by.
QUERY_METHODS: Final = {
    *("aggregate", "annotate", "distinct", "exclude", "filter", "in_bulk", "only"),
    *("order_by", "prefetch_related", "select_for_update", "select_related"),
    "values_list",
}
STRONG_WRITES: Final = {
    *("bulk_create", "bulk_update", "get_or_create", "update_or_create"),
}
CHAIN_WRITES: Final = {"create", "delete", "update", "raw_update"}
RELATED_WRITES: Final = {"add", "set", "remove", "clear"}
WRITES: Final = {
    "manager": STRONG_WRITES | CHAIN_WRITES | RELATED_WRITES,
    "queryset": STRONG_WRITES | CHAIN_WRITES,
}
FETCHES: Final = {
    *("get", "first", "last", "earliest", "latest", "all", "none", "union", "values"),
    *("defer", "using", "reverse", "alias", "dates", "datetimes", "intersection"),
}
# The async twins of these, by name.
ASYNC: Final = {
    f"a{name}": name
    for name in (
        *(*STRONG_WRITES, *CHAIN_WRITES, *RELATED_WRITES, *FETCHES, "aggregate"),
        *("save", "in_bulk", "count", "exists"),
    )
}
IMPORTERS: Final = {
    *("importlib.import_module", "__import__", "builtins.__import__"),
    "django.utils.module_loading.import_string",
}
# Methods of these objects share a name with a model's and write no row.
NOT_MODELS: Final = ("cache", "caches", "session", "client", "storage", "cookies")


@dataclass(eq=False)
class Module:
    """One file and what can be asked about it.

    Attributes:
        path: Relative to the project, with forward slashes.
        text: Its source.
        tree: Its syntax tree.
        index: All files of the run, which knows what a name of this one means.
        names: The names of this file; the index sets both.
    """

    path: str
    text: str
    tree: ast.Module
    index: Index = field(init=False, repr=False)
    names: Names = field(init=False, repr=False)

    def value(self, node: ast.AST) -> Value:
        """Find out what an expression of this file stands for."""
        return self.index.value(self, node)

    def lineage(self, definition: ast.ClassDef) -> tuple[str, ...]:
        """List a class and all that it inherits, by their dotted names."""
        return self.index.lineage(self.names.names_of[definition])

    def origin(self, node: ast.ImportFrom) -> str:
        """Name the module that a statement imports from."""
        origin = node.module or ""
        if node.level:
            package = self.parts[: -node.level]
            origin = ".".join([*package, *([origin] if origin else [])])
        return origin

    @functools.cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree, walked once."""
        return list(ast.walk(self.tree))

    @functools.cached_property
    def calls(self) -> list[ast.Call]:
        """All calls."""
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    @functools.cached_property
    def classes(self) -> list[ast.ClassDef]:
        """All classes, nested ones too."""
        return [node for node in self.nodes if isinstance(node, ast.ClassDef)]

    @functools.cached_property
    def functions(self) -> list[Function]:
        """All functions, methods and nested ones too."""
        return [node for node in self.nodes if isinstance(node, FUNCTIONS)]

    @functools.cached_property
    def view_functions(self) -> list[Function]:
        """Functions that answer a request, sync or async, wherever they stand."""
        return [
            node
            for node in self.tree.body
            if isinstance(node, FUNCTIONS)
            and [each.arg for each in node.args.args][:1] == ["request"]
            and "Response" in (ast.unparse(node.returns) if node.returns else "")
        ]

    @functools.cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The parent of each node."""
        return {
            child: node for node in self.nodes for child in ast.iter_child_nodes(node)
        }

    @functools.cached_property
    def comments(self) -> list[tuple[int, int, str]]:
        """Line and column of all comments, from 1 on, and their text with its hash."""
        return comments(self.text)

    @functools.cached_property
    def docstrings(self) -> list[tuple[int, int, str]]:
        """Line and column of all docstrings, from 1 on, and their text."""
        found = []
        for node in self.nodes:
            if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Module)):
                text = ast.get_docstring(node, clean=False)
                if text is not None:
                    first = node.body[0]
                    found.append((first.lineno, first.col_offset + 1, text))
        return found

    @functools.cached_property
    def typing_only(self) -> set[ast.AST]:
        """What stands under ``if TYPE_CHECKING`` and never runs."""
        guarded = [
            statement
            for node in self.nodes
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for statement in node.body
        ]
        return {node for statement in guarded for node in ast.walk(statement)}

    @functools.cached_property
    def imports(self) -> list[tuple[ast.AST, str, str]]:
        """What is imported at run time: where, dotted origin, local name.

        What another module of the project only passes on counts as imported from where it
        comes; so does what is imported by its name.
        """
        found: list[tuple[ast.AST, str, str]] = []
        for node in self.nodes:
            if node in self.typing_only:
                continue
            if isinstance(node, ast.Import):
                found += [
                    (node, one.name, one.asname or one.name) for one in node.names
                ]
            elif isinstance(node, ast.ImportFrom):
                origin = self.origin(node)
                found += [
                    (node, f"{origin}.{one.name}", one.asname or one.name)
                    for one in node.names
                ]
            elif isinstance(node, ast.Call) and self.dotted(node.func) in IMPORTERS:
                whole: ast.AST = node
                while isinstance(self.parents.get(whole), ast.Attribute):
                    whole = self.parents[whole]
                found.append((node, self.dotted(whole), ""))
        passed_on = [
            (node, value.name, name)
            for node, origin, name in found
            if isinstance(node, ast.ImportFrom)
            and (value := self.index.find(origin)) is not None
            and value.name not in {"", origin}
        ]
        return [*found, *passed_on]

    @functools.cached_property
    def annotations(self) -> set[ast.AST]:
        """What stands in annotations, or is never run for another reason."""
        roots: list[ast.AST | None] = []
        for node in self.nodes:
            if isinstance(node, FUNCTIONS):
                spec = node.args
                arguments = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
                roots += [node.returns, *(each.annotation for each in arguments)]
            elif isinstance(node, ast.AnnAssign):
                roots.append(node.annotation)
            elif isinstance(node, ast.ClassDef):
                roots += [b.slice for b in node.bases if isinstance(b, ast.Subscript)]
        inside = (each for root in roots if root for each in ast.walk(root))
        return {*inside, *self.typing_only}

    @functools.cached_property
    def references(self) -> list[ast.expr]:
        """Names, attributes and calls that run, a whole chain once: its longest part."""
        kinds = (ast.Name, ast.Attribute, ast.Call)
        inner: set[ast.AST] = set()
        for node in self.nodes:
            if isinstance(node, ast.Attribute):
                inner.add(node.value)
            elif isinstance(node, ast.Call):
                inner.add(node.func)
        return [
            node
            for node in self.nodes
            if isinstance(node, kinds)
            and node not in inner
            and node not in self.annotations
        ]

    @functools.cached_property
    def managers(self) -> list[ast.expr]:
        """Every use of a model's manager, such as ``Order.objects``."""
        return [
            node
            for node in self.nodes
            if isinstance(node, ast.Attribute | ast.Name | ast.Call)
            and node not in self.annotations
            and not isinstance(getattr(node, "ctx", None), ast.Store)
            and self.value(node).kind == "manager"
        ]

    @property
    def parts(self) -> list[str]:
        """The path in pieces."""
        return self.path.split("/")

    @property
    def app(self) -> str:
        """The app, empty outside of ``apps/`` and for files directly in it."""
        return self.parts[1] if self.parts[0] == "apps" and self.parts[2:] else ""

    @property
    def layer(self) -> str:
        """The module or package below the app, such as ``views``."""
        return self.parts[2].removesuffix(".py") if self.app else ""

    @property
    def is_test(self) -> bool:
        """Whether this is test code."""
        return "tests" in self.parts or self.parts[-1] == "conftest.py"

    @property
    def is_migration(self) -> bool:
        """Whether Django generated this file."""
        return "migrations" in self.parts

    @property
    def is_running(self) -> bool:
        """Whether this runs in production: the product, or the configuration."""
        is_configuration = self.parts[0] == "config" and not self.is_test
        return self.is_product or is_configuration

    @property
    def place(self) -> str:
        """The layer, or the file's name where there is none."""
        return self.layer or self.parts[-1].removesuffix(".py")

    @property
    def is_product(self) -> bool:
        """Whether this is the apps' own code: no test, migration or configuration."""
        return bool(self.app) and not self.is_test and not self.is_migration

    def dotted(self, node: ast.AST) -> str:
        """Name what an expression refers to, seen through imports and aliases.

        Args:
            node: A name, an attribute, a call or a subscript.

        Returns:
            Dotted origin such as ``django.db.transaction.atomic``; calls and subscripts
            on the way are left out; empty when it is something else.
        """
        return self.value(node).name

    def decorators(self, definition: Definition) -> list[str]:
        """Name the decorators of a function or class."""
        return [self.dotted(decorator) for decorator in definition.decorator_list]

    def at(self, node: ast.AST, message: str) -> Problem:
        """Report a node.

        Args:
            node: Where the rule is broken.
            message: What is wrong.

        Returns:
            The problem.
        """
        column = getattr(node, "col_offset", 0) + 1
        return Problem(self.path, getattr(node, "lineno", 1), column, message)

    def up(self, node: ast.AST) -> Iterator[ast.AST]:
        """Walk up the tree.

        Args:
            node: Where to start; not yielded itself.

        Yields:
            Parents, the nearest first.
        """
        while node in self.parents:
            node = self.parents[node]
            yield node

    def on_rows(self, call: ast.Call) -> tuple[str, str]:
        """Tell which method of the ORM a call is.

        Args:
            call: The call.

        Returns:
            What it belongs to, such as ``queryset``, and its name, without the ``a`` of
            the async ones; empty for other calls.
        """
        value = self.value(call.func)
        if value.kind != "bound":
            return "", ""
        name = value.name.rpartition(".")[2]
        return value.of, ASYNC.get(name, name)

    def callee(self, call: ast.Call) -> tuple[ast.expr | None, str]:
        """Name what a method is called on, and the method.

        Args:
            call: The call; its method may be held in a variable or found by its name.

        Returns:
            Both; None for a plain function.
        """
        _, function = self.index.expression(self, call.func)
        if isinstance(function, ast.Attribute):
            return function.value, function.attr
        if not isinstance(function, ast.Call) or not function.args[1:]:
            return None, ""
        if self.dotted(function.func) != "getattr":
            return None, ""
        return function.args[0], self.index.text(self, function.args[1])

    def keywords(self, call: ast.Call) -> dict[str, ast.expr]:
        """List the keywords of a call, those in a table behind ``**`` too."""
        found: dict[str, ast.expr] = {}
        for word in call.keywords:
            if word.arg:
                found[word.arg] = word.value
                continue
            home, table = self.index.expression(self, word.value)
            if isinstance(table, ast.Dict):
                pairs = zip(table.keys, table.values, strict=True)
                found |= {home.index.text(home, k): v for k, v in pairs if k}
        return found

    def is_narrowed(self, call: ast.Call) -> bool:
        """Tell whether a call asks for rows: filters, orders, or fetches one."""
        kind, name = self.on_rows(call)
        if kind not in {"manager", "queryset"}:
            return False
        is_own = self.dotted(call.func) in self.index.definitions
        returns_rows = is_own and self.value(call).kind == "queryset"
        return returns_rows or name in QUERY_METHODS | FETCHES

    def is_write(self, call: ast.Call) -> bool:
        """Tell whether a call changes rows.

        Args:
            call: The call.

        Returns:
            True for writes of managers, querysets and instances.
        """
        kind, name = self.on_rows(call)
        if kind in {"manager", "queryset"} and name in WRITES[kind]:
            return True
        if kind in {"instance", "model"}:
            return name in {"save", "save_base", "delete"}
        if self.dotted(call.func) == "operator.methodcaller" and call.args:
            return self.index.text(self, call.args[0]) in WRITES["queryset"] | {"save"}
        return self._looks_like_write(call)

    def _looks_like_write(self, call: ast.Call) -> bool:
        """Recognise a write by its method, where nothing is known of its names."""
        left, name = self.callee(call)
        if left is None:
            return False
        is_super = isinstance(left, ast.Call) and ast.unparse(left.func) == "super"
        names = [*chain(left), *self.dotted(left).split(".")]
        is_instance = not is_super and not any(n.endswith(NOT_MODELS) for n in names)
        for plain in (name, name.removeprefix("a")):
            if plain in STRONG_WRITES or (plain in CHAIN_WRITES and is_queryset(left)):
                return True
            if plain == "save" or (plain == "delete" and not call.args):
                return is_instance
        return False

    def text_of(self, node: ast.AST) -> str:
        """Write an expression for a message, with what its names stand for.

        Args:
            node: The expression.

        Returns:
            Such as ``rows.update`` or, of a variable's, ``rows.update, User.objects.update``.
        """
        written = ast.unparse(node.func if isinstance(node, ast.Call) else node)
        value = self.value(node.func if isinstance(node, ast.Call) else node)
        meant = ".".join(value.name.split(".")[-3:])
        is_plain = written.rpartition(".")[2] == meant.rpartition(".")[2]
        return written if is_plain or not meant else f"{written} ({meant})"


def comments(text: str) -> list[tuple[int, int, str]]:
    """Find the comments of a source.

    Args:
        text: The source.

    Returns:
        Line and column, from 1 on, and the comment with its hash.
    """
    if "#" not in text:
        return []
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [
        (token.start[0], token.start[1] + 1, token.string)
        for token in tokens
        if token.type == tokenize.COMMENT
    ]


def starts_with(name: str, prefixes: tuple[str, ...]) -> str:
    """Find the dotted module, out of some, that a dotted name belongs to."""
    for prefix in prefixes:
        if name == prefix or name.startswith(f"{prefix}."):
            return prefix
    return ""


def methods(node: ast.ClassDef) -> list[Function]:
    """List the methods that a class defines itself."""
    return [child for child in node.body if isinstance(child, FUNCTIONS)]


def argument_names(function: Function) -> set[str]:
    """List the positional arguments of a function."""
    return {argument.arg for argument in function.args.args}


def assigned(node: ast.ClassDef) -> dict[str, ast.expr]:
    """List the class attributes that a class sets itself, with their values."""
    values: dict[str, ast.expr] = {}
    for child in node.body:
        targets: list[ast.expr] = []
        if isinstance(child, ast.Assign):
            targets = child.targets
        elif isinstance(child, ast.AnnAssign) and child.value:
            targets = [child.target]
        if isinstance(child, ast.Assign | ast.AnnAssign) and child.value:
            values |= {t.id: child.value for t in targets if isinstance(t, ast.Name)}
    return values


def is_serializer(module: Module, definition: ast.ClassDef) -> bool:
    """Tell whether a class is a serializer of DRF, through classes of the project too."""
    return any(one.endswith("Serializer") for one in module.lineage(definition)[1:])


def receiver(call: ast.Call) -> ast.expr | None:
    """Name what a method is called on, None for a plain function."""
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def method(call: ast.Call) -> str:
    """Name the method that is called, empty for a plain function."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def chain(node: ast.AST) -> list[str]:
    """List the attributes of a chain such as ``Order.objects.filter(...).first``."""
    names: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript | ast.Await):
            node = node.value
        else:
            names += [node.id] if isinstance(node, ast.Name) else []
            return names[::-1]


def is_queryset(node: ast.AST) -> bool:
    """Tell whether an expression's chain goes through a manager or queryset method.

    Args:
        node: An expression.

    Returns:
        True for ``orders.filter(...)``, False for ``settings.filter.name()``.
    """
    if set(chain(node)[1:]) & MANAGERS:
        return True
    if not isinstance(node, ast.Call):
        return False
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Call):
            if method(node) in QUERY_METHODS:
                return True
            node = node.func
        else:
            node = node.value
    return False
