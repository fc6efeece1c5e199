"""A Python file, parsed once and shared by all checks."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

type Function = ast.FunctionDef | ast.AsyncFunctionDef
type Definition = Function | ast.ClassDef

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """One file and what can be asked about it.

    Attributes:
        path: Relative to the project, with forward slashes.
        text: Its source.
        tree: Its syntax tree.
    """

    path: str
    text: str
    tree: ast.Module

    @functools.cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree, walked once.

        Returns:
            The nodes.
        """
        return list(ast.walk(self.tree))

    @functools.cached_property
    def calls(self) -> list[ast.Call]:
        """All calls.

        Returns:
            The calls.
        """
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    @functools.cached_property
    def classes(self) -> list[ast.ClassDef]:
        """All classes, nested ones too.

        Returns:
            The classes.
        """
        return [node for node in self.nodes if isinstance(node, ast.ClassDef)]

    @functools.cached_property
    def functions(self) -> list[Function]:
        """All functions, methods and nested ones too.

        Returns:
            The functions.
        """
        return [node for node in self.nodes if isinstance(node, FUNCTIONS)]

    @functools.cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The way up the tree.

        Returns:
            The parent of each node.
        """
        return {
            child: node for node in self.nodes for child in ast.iter_child_nodes(node)
        }

    @functools.cached_property
    def typing_only(self) -> set[ast.AST]:
        """What stands under ``if TYPE_CHECKING`` and never runs.

        Returns:
            The nodes.
        """
        guarded = [
            statement
            for node in self.nodes
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for statement in node.body
        ]
        return {node for statement in guarded for node in ast.walk(statement)}

    @functools.cached_property
    def imports(self) -> list[tuple[ast.stmt, str, str]]:
        """Everything that is imported at run time.

        Returns:
            The statement, the dotted origin, and the local name it is bound to.
        """
        found: list[tuple[ast.stmt, str, str]] = []
        for node in self.nodes:
            if node in self.typing_only:
                continue
            if isinstance(node, ast.Import):
                found += [
                    (node, alias.name, alias.asname or alias.name)
                    for alias in node.names
                ]
            elif isinstance(node, ast.ImportFrom):
                origin = self._absolute(node)
                found += [
                    (node, f"{origin}.{alias.name}", alias.asname or alias.name)
                    for alias in node.names
                ]
        return found

    @functools.cached_property
    def origins(self) -> dict[str, str]:
        """What local names stand for.

        Returns:
            The dotted origin of each imported name.
        """
        bound: dict[str, str] = {}
        for _, origin, name in self.imports:
            if name == origin and "." in origin:
                # `import a.b` binds `a` alone.
                head = origin.partition(".")[0]
                bound[head] = head
            else:
                bound[name] = origin
        return bound

    @property
    def parts(self) -> list[str]:
        """The path in pieces.

        Returns:
            Folders and file.
        """
        return self.path.split("/")

    @property
    def app(self) -> str:
        """The app this file belongs to.

        Returns:
            Its name, empty outside of ``apps/`` and for files directly in it.
        """
        return self.parts[1] if self.parts[0] == "apps" and len(self.parts) > 2 else ""  # noqa: PLR2004

    @property
    def layer(self) -> str:
        """The layer this file belongs to: the module or package below the app.

        Returns:
            A word such as ``views``, empty outside of apps.
        """
        return self.parts[2].removesuffix(".py") if self.app else ""

    @property
    def is_test(self) -> bool:
        """Whether this is test code.

        Returns:
            True for ``tests`` folders and ``conftest.py``.
        """
        return "tests" in self.parts or self.parts[-1] == "conftest.py"

    @property
    def is_migration(self) -> bool:
        """Whether Django generated this file.

        Returns:
            True for migrations.
        """
        return "migrations" in self.parts

    @property
    def is_product(self) -> bool:
        """Whether this is the apps' own code.

        Returns:
            False for tests, migrations, configuration and tools.
        """
        return bool(self.app) and not self.is_test and not self.is_migration

    def dotted(self, node: ast.AST) -> str:
        """Name what an expression refers to, seen through imports and aliases.

        Args:
            node: A name, an attribute, a call or a subscript.

        Returns:
            Dotted origin such as ``django.db.transaction.atomic``; calls and subscripts
            on the way are left out; empty when it is something else.
        """
        if isinstance(node, ast.Name):
            return self.origins.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            head = self.dotted(node.value)
            return f"{head}.{node.attr}" if head else ""
        if isinstance(node, ast.Call):
            return self.dotted(node.func)
        if isinstance(node, ast.Subscript):
            return self.dotted(node.value)
        return ""

    def finding(self, node: ast.AST, rule: str, message: str) -> Finding:
        """Report a node.

        Args:
            node: Where the rule is broken.
            rule: Id of the rule.
            message: What is wrong.

        Returns:
            The finding.
        """
        line = getattr(node, "lineno", 1)
        return Finding(
            self.path, line, getattr(node, "col_offset", 0) + 1, rule, message
        )

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

    def _absolute(self, node: ast.ImportFrom) -> str:
        """Name the module that a ``from`` import means.

        Args:
            node: The statement.

        Returns:
            Its absolute dotted name.
        """
        if not node.level:
            return node.module or ""
        package = self.parts[: -node.level]
        return ".".join([*package, *([node.module] if node.module else [])])


def methods(node: ast.ClassDef) -> list[Function]:
    """List the methods that a class defines itself.

    Args:
        node: The class.

    Returns:
        The methods.
    """
    return [child for child in node.body if isinstance(child, FUNCTIONS)]


def assigned(node: ast.ClassDef) -> dict[str, ast.expr]:
    """List the class attributes that a class sets itself.

    Args:
        node: The class.

    Returns:
        The value of each name.
    """
    values: dict[str, ast.expr] = {}
    for child in node.body:
        if isinstance(child, ast.Assign):
            for target in child.targets:
                if isinstance(target, ast.Name):
                    values[target.id] = child.value
        elif (
            isinstance(child, ast.AnnAssign)
            and child.value
            and isinstance(child.target, ast.Name)
        ):
            values[child.target.id] = child.value
    return values


def is_docstring(statement: ast.stmt) -> bool:
    """Tell a docstring from other statements.

    Args:
        statement: A statement of a body.

    Returns:
        True for an expression that is a string alone.
    """
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
