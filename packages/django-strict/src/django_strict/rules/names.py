"""The names of a Python file: what gives each its value, scope by scope."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from django_strict.rules.module import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_strict.rules.module import Function, Module


class Binding(NamedTuple):
    """One place that gives a name its value.

    Attributes:
        kind: ``import``, ``definition``, ``argument``, ``value``, ``item`` (of a tuple, say),
            ``iteration`` or ``context``.
        node: The expression or definition.
        name: For an import, its dotted origin.
    """

    kind: str
    node: ast.AST
    name: str = ""


def module_name(path: str) -> str:
    """Name the module of a path."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Scope:
    """The names of a module, a class or a function.

    Attributes:
        node: Its tree.
        outer: The scope around it.
        names: What gives each name its value.
    """

    def __init__(self, node: ast.AST, outer: Scope | None) -> None:
        """Begin without names.

        Args:
            node: Its tree.
            outer: The scope around it.
        """
        self.node = node
        self.outer = outer
        self.names: dict[str, list[Binding]] = defaultdict(list)

    def find(self, name: str) -> list[Binding]:
        """Look a name up from here outwards, as Python does."""
        scope: Scope | None = self
        while scope:
            is_seen = scope is self or not isinstance(scope.node, ast.ClassDef)
            if is_seen and name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return []


class Names:
    """The scopes of one file.

    Attributes:
        scopes: The scope in which each node stands.
        definitions: Functions and classes, nested ones too, by their dotted names.
        attributes: What is assigned to ``self.NAME``, by class and name.
        stars: Modules of which all names are imported.
    """

    def __init__(self, module: Module) -> None:
        """Read a file.

        Args:
            module: The file.
        """
        self.module = module
        self.name = module_name(module.path)
        self.top = Scope(module.tree, None)
        self.scopes: dict[ast.AST, Scope] = {module.tree: self.top}
        self.definitions: dict[str, ast.AST] = {}
        self.names_of: dict[ast.AST, str] = {}
        self.attributes: dict[tuple[str, str], list[ast.expr]] = defaultdict(list)
        self.stars: list[str] = []
        self._walk(module.tree.body, self.top, self.name, "")

    def _walk(
        self, nodes: Sequence[ast.AST], scope: Scope, name: str, owner: str
    ) -> None:
        """Enter nodes that stand in one scope, and what is below them."""
        stack: list[ast.AST] = list(reversed(nodes))
        while stack:
            node = stack.pop()
            self.scopes[node] = scope
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                self._define(node, scope, name, owner)
                stack += _outside(node)
            elif isinstance(node, ast.Lambda):
                inner = Scope(node, scope)
                self._arguments(node.args, inner)
                self._walk([node.body], inner, name, owner)
            else:
                self._bind(node, scope, owner)
                stack += reversed(list(ast.iter_child_nodes(node)))

    def _define(
        self, node: Function | ast.ClassDef, scope: Scope, name: str, owner: str
    ) -> None:
        """Enter a function or class and walk over its body."""
        dotted = f"{name}.{node.name}"
        scope.names[node.name].append(Binding("definition", node, dotted))
        self.definitions[dotted] = node
        self.names_of[node] = dotted
        inner = Scope(node, scope)
        if isinstance(node, ast.ClassDef):
            self._walk(node.body, inner, dotted, dotted)
            return
        self._arguments(node.args, inner)
        first = [*node.args.posonlyargs, *node.args.args][:1]
        if isinstance(scope.node, ast.ClassDef) and first:
            kind = "class" if first[0].arg in {"cls", "mcs"} else "self"
            inner.names[first[0].arg] = [Binding(kind, scope.node, owner)]
        self._walk(node.body, inner, dotted, owner)

    @staticmethod
    def _arguments(spec: ast.arguments, scope: Scope) -> None:
        """Enter a function's arguments."""
        for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
            scope.names[argument.arg].append(Binding("argument", argument))
        for extra in (spec.vararg, spec.kwarg):
            if extra:
                scope.names[extra.arg].append(Binding("other", extra))

    def _bind(self, node: ast.AST, scope: Scope, owner: str) -> None:
        """Enter what one statement or expression binds."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node, scope)
        elif name := getattr(node, "name", None):
            # Of an exception that is caught, or of a pattern.
            scope.names[name].append(Binding("other", node))
        for target, value, kind in _assigned(node):
            self._target(target, value, kind, scope, owner)

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        """Enter what an import binds."""
        if isinstance(node, ast.Import):
            for one in node.names:
                head = one.name if one.asname else one.name.partition(".")[0]
                scope.names[one.asname or head].append(Binding("import", node, head))
            return
        origin = self.module.origin(node)
        for one in node.names:
            if one.name == "*":
                self.stars.append(origin)
            else:
                target = Binding("import", node, f"{origin}.{one.name}")
                scope.names[one.asname or one.name].append(target)

    def _target(
        self, target: ast.expr, value: ast.expr, kind: str, scope: Scope, owner: str
    ) -> None:
        """Enter the target of an assignment."""
        if isinstance(target, ast.Name):
            scope.names[target.id].append(Binding(kind, value))
        elif isinstance(target, ast.Attribute):
            is_own = ast.unparse(target.value) in {"self", "cls"} and owner
            if is_own and kind == "value":
                self.attributes[owner, target.attr].append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            is_pairwise = len(parts) == len(target.elts) and kind == "value"
            for number, each in enumerate(target.elts):
                part = parts[number] if is_pairwise else value
                rest = "other" if number else "item"
                self._target(each, part, kind if is_pairwise else rest, scope, owner)


def _assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr, str]]:
    """List what a node assigns: target, value, and what the value is to it."""
    match node:
        case ast.Assign():
            return [(target, node.value, "value") for target in node.targets]
        case ast.AnnAssign(value=None):
            return [(node.target, node.annotation, "annotated")]
        case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
            return [(node.target, value, "value")]
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            return [(node.target, node.iter, "iteration")]
        case ast.withitem(optional_vars=ast.expr() as target):
            return [(target, node.context_expr, "context")]
    return []


def _outside(node: Function | ast.ClassDef) -> list[ast.AST]:
    """List what stands in a definition and belongs to the scope around it."""
    found: list[ast.AST] = [*node.decorator_list]
    if isinstance(node, ast.ClassDef):
        return [*found, *node.bases, *node.keywords]
    spec = node.args
    arguments = (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)
    found += [*spec.defaults, *(each for each in spec.kw_defaults if each)]
    found += [each.annotation for each in arguments if each.annotation]
    return [*found, node.returns] if node.returns else found
