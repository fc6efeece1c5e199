"""The same code written another way: what a rule must see through.

A transformation takes one file and returns the files that mean the same, or None where it
has nothing to change. They work on the syntax tree, so that none of them knows a rule.
"""

import ast
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

type Files = dict[str, str]
type Step = Callable[[str, ast.Module], "dict[str, ast.Module] | None"]

WORD: Final = re.compile(r"\w+")
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES: Final = (*FUNCTIONS, ast.Lambda, ast.ClassDef, ast.GeneratorExp, ast.ListComp)


@dataclass(frozen=True, slots=True)
class Transformation:
    """One way to write the same code.

    Attributes:
        name: What it does, in a few words.
        step: How.
    """

    name: str
    step: Step

    def apply(self, path: str, source: str) -> Files | None:
        """Write a file another way.

        Args:
            path: Where it lies.
            source: Its content.

        Returns:
            The files that take its place; None where nothing would change.
        """
        before = ast.parse(source)
        after = self.step(path, deepcopy(before))
        if after is None or ast.dump(after[path]) == ast.dump(before):
            return None
        return {name: ast.unparse(_fixed(tree)) + "\n" for name, tree in after.items()}


class Replacement(ast.NodeTransformer):
    """Puts expressions in the place of names that are read."""

    def __init__(self, names: dict[str, ast.expr]) -> None:
        """Remember what to replace.

        Args:
            names: The expressions by name.
        """
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace a name.

        Args:
            node: The name.

        Returns:
            Its expression.
        """
        is_read = isinstance(node.ctx, ast.Load) and node.id in self.names
        return deepcopy(self.names[node.id]) if is_read else node


class ByName(ast.NodeTransformer):
    """Reads attributes by ``getattr``."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Replace an attribute that is read.

        Args:
            node: The attribute.

        Returns:
            A call.
        """
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        return _expression(f"getattr({ast.unparse(node.value)}, {node.attr!r})")


class Extraction(ast.NodeTransformer):
    """Moves every outermost call of a function, or of the module, into helpers.

    Attributes:
        helpers: The functions that were written.
    """

    def __init__(self, local: set[str]) -> None:
        """Remember what a helper must be given.

        Args:
            local: The names that are bound where the call stands.
        """
        self.local = local
        self.helpers: list[ast.stmt] = []

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Replace a call.

        Args:
            node: The call.

        Returns:
            A call of a helper.
        """
        inner = list(ast.walk(node))
        if any(
            isinstance(each, ast.Await | ast.Yield | ast.NamedExpr) for each in inner
        ):
            return node
        text = ast.unparse(node)
        if text.startswith("super()"):
            return node
        used = {each.id for each in inner if isinstance(each, ast.Name)}
        given = sorted(used & self.local)
        name = f"step_{len(self.helpers) + 1}"
        self.helpers.append(
            ast.parse(f"def {name}({', '.join(given)}):\n    return {text}").body[0]
        )
        return _expression(f"{name}({', '.join(given)})")


def _fixed(tree: ast.Module) -> ast.Module:
    """Give new nodes their places."""
    return ast.fix_missing_locations(tree)


def _expression(text: str) -> ast.expr:
    """Parse an expression."""
    return ast.parse(text, mode="eval").body


def _statements(text: str) -> list[ast.stmt]:
    """Parse statements."""
    return ast.parse(text).body


def _split(tree: ast.Module) -> tuple[list[ast.stmt], list[ast.stmt], list[ast.stmt]]:
    """Split a file into its docstring, its plain imports, and the rest."""
    is_documented = ast.get_docstring(tree) is not None
    head = tree.body[:1] if is_documented else []
    rest = tree.body[len(head) :]
    imports: list[ast.stmt] = [
        node
        for node in rest
        if isinstance(node, ast.Import)
        or (isinstance(node, ast.ImportFrom) and node.module != "__future__")
    ]
    return head, imports, [node for node in rest if node not in imports]


def _bound(imports: list[ast.stmt]) -> list[tuple[str, str, str]]:
    """List what is imported: module, name in it (empty for the module), local name."""
    found = []
    for node in imports:
        for alias in (
            node.names if isinstance(node, ast.Import | ast.ImportFrom) else ()
        ):
            if isinstance(node, ast.ImportFrom):
                name = alias.asname or alias.name
                found.append((node.module or "", alias.name, name))
            else:
                name = alias.asname or alias.name.partition(".")[0]
                module = alias.name if alias.asname else name
                found.append((module, "", name))
    return found


def _is_used(name: str, rest: list[ast.stmt]) -> bool:
    """Tell whether statements name something."""
    return any(name in WORD.findall(ast.unparse(node)) for node in rest)


def _rewritten(
    tree: ast.Module, write: Callable[[str, str, str], tuple[str, str]]
) -> ast.Module | None:
    """Import otherwise.

    Args:
        tree: The file.
        write: Takes module, name and local name of an import, and returns statements
            that take its place and the expression that takes the name's.

    Returns:
        The file; None if it imports nothing.
    """
    head, imports, rest = _split(tree)
    if not imports:
        return None
    lines: list[ast.stmt] = []
    names: dict[str, ast.expr] = {}
    for module, name, local in _bound(imports):
        text, expression = write(module, name, local)
        lines += _statements(text)
        names[local] = _expression(expression)
        if module not in expression and not _is_used(local, rest):
            # The import alone is the breach: what is imported must be named.
            lines += _statements(f"{local}_used = {expression}")
    body = [Replacement(names).visit(node) for node in rest]
    return ast.Module([*head, *lines, *body], [])


def _needed(imports: list[ast.stmt], rest: list[ast.stmt]) -> list[ast.stmt]:
    """Leave out what nothing uses any more, so that it is not found by its import."""
    text = "\n".join(ast.unparse(node) for node in rest)
    used = set(WORD.findall(text))
    kept: list[ast.stmt] = []
    for node in deepcopy(imports):
        assert isinstance(node, ast.Import | ast.ImportFrom)
        node.names = [
            alias
            for alias in node.names
            if (alias.asname or alias.name.partition(".")[0]) in used
        ]
        kept += [node] if node.names else []
    return kept


def _sibling(path: str, name: str) -> tuple[str, str]:
    """Name a file beside another one: its path and its dotted module."""
    folder = path.rpartition("/")[0]
    return f"{folder}/{name}.py", f"{folder}/{name}".replace("/", ".")


def renamed_import(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Import everything under another name."""

    def write(module: str, name: str, local: str) -> tuple[str, str]:
        """Add ``as``."""
        other = f"{local}_again"
        if name:
            return f"from {module} import {name} as {other}", other
        return f"import {module} as {other}", other

    after = _rewritten(tree, write)
    return {path: after} if after else None


def attribute_of_a_module(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Import modules and read names from them."""

    def write(module: str, name: str, local: str) -> tuple[str, str]:
        """Import the module."""
        if not name:
            return f"import {module} as {local}", local
        other = f"{module.replace('.', '_')}_module"
        return f"import {module} as {other}", f"{other}.{name}"

    after = _rewritten(tree, write)
    return {path: after} if after else None


def attribute_by_its_name(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Read every attribute by ``getattr``."""
    head, imports, rest = _split(tree)
    body = [ByName().visit(node) for node in rest]
    return {path: ast.Module([*head, *imports, *body], [])}


def module_by_its_name(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Import by ``importlib``."""

    def write(module: str, name: str, local: str) -> tuple[str, str]:
        """Call ``import_module``."""
        end = f".{name}" if name else ""
        return f"{local} = import_module({module!r}){end}", local

    after = _rewritten(tree, write)
    if after is None:
        return None
    after.body[:0] = _statements("from importlib import import_module")
    return {path: after}


def name_in_a_variable(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Assign what is imported to another name first."""

    def write(module: str, name: str, local: str) -> tuple[str, str]:
        """Add an assignment."""
        line = f"from {module} import {name}" if name else f"import {module}"
        if local != (name or module.partition(".")[0]):
            line += f" as {local}"
        return f"{line}\n{local}_kept = {local}", f"{local}_kept"

    after = _rewritten(tree, write)
    return {path: after} if after else None


def name_from_another_module(
    path: str, tree: ast.Module
) -> dict[str, ast.Module] | None:
    """Import through a module of the same app that only passes names on."""
    other, dotted = _sibling(path, "names")
    head, imports, rest = _split(tree)
    if not imports:
        return None
    names = ", ".join(dict.fromkeys(local for _, _, local in _bound(imports)))
    line = _statements(f"from {dotted} import {names}")
    return {
        path: ast.Module([*head, *line, *rest], []),
        other: ast.Module(imports, []),
    }


def inside_a_function(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Move everything, imports too, into a function."""
    head, imports, rest = _split(tree)
    outer = _statements("def made():\n    return locals()")[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.body[:0] = [*imports, *rest]
    return {path: ast.Module([*head, outer], [])}


def _steps_in_variables(function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Assign what a method is called on, statement by statement."""
    body: list[ast.stmt] = []
    for number, statement in enumerate(function.body):
        value = getattr(statement, "value", None)
        call = value.value if isinstance(value, ast.Await) else value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            body += _statements(f"held_{number} = {ast.unparse(call.func.value)}")
            call.func.value = ast.Name(f"held_{number}", ast.Load())
        body.append(statement)
    function.body = body


def receiver_in_a_variable(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Assign the object of every method call first; at the top of a file, too."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            _steps_in_variables(node)
    top = _statements("def top():\n    return None")[0]
    assert isinstance(top, ast.FunctionDef)
    head, imports, rest = _split(tree)
    top.body = rest
    _steps_in_variables(top)
    return {path: ast.Module([*head, *imports, *top.body], [])}


def _extracted(tree: ast.Module) -> tuple[list[ast.stmt], list[ast.stmt]] | None:
    """Move calls into helpers: the helpers, and the file's statements without imports."""
    helpers: list[ast.stmt] = []
    _, _, rest = _split(tree)
    functions = [
        node for part in rest for node in ast.walk(part) if isinstance(node, FUNCTIONS)
    ]
    for function in functions:
        arguments = [
            each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)
        ]
        stored = [
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        ]
        caught = [
            node.name
            for node in ast.walk(function)
            if isinstance(node, ast.ExceptHandler) and node.name
        ]
        extraction = Extraction({*arguments, *stored, *caught})
        extraction.helpers = helpers
        function.body = [
            statement
            if isinstance(statement, (*SCOPES, ast.Import, ast.ImportFrom))
            else extraction.visit(statement)
            for statement in function.body
        ]
    extraction = Extraction(set())
    extraction.helpers = helpers
    for statement in rest:
        if isinstance(statement, ast.Assign | ast.Expr):
            extraction.visit(statement)
    return (helpers, rest) if helpers else None


def helper_in_the_file(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Call everything through a function of the same file."""
    head, imports, _ = _split(tree)
    moved = _extracted(tree)
    if not moved:
        return None
    helpers, rest = moved
    return {path: ast.Module([*head, *imports, *helpers, *rest], [])}


def helper_in_another_module(
    path: str, tree: ast.Module
) -> dict[str, ast.Module] | None:
    """Call everything through a function of another module."""
    other, dotted = _sibling(path, "steps")
    head, imports, _ = _split(tree)
    moved = _extracted(tree)
    if not moved:
        return None
    helpers, rest = moved
    names = ", ".join(
        each.name for each in helpers if isinstance(each, ast.FunctionDef)
    )
    line = _statements(f"from {dotted} import {names}")
    return {
        path: ast.Module([*head, *_needed(imports, rest), *line, *rest], []),
        other: ast.Module([*_needed(imports, helpers), *helpers], []),
    }


def helper_two_calls_away(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Call everything through a function of another module that calls a third one."""
    files = helper_in_another_module(path, tree)
    if files is None:
        return None
    other, dotted = _sibling(path, "steps")
    third, _ = _sibling(path, "inner")
    files[third] = files[other]
    lines = ["from " + dotted.rpartition(".")[0] + " import inner"]
    for helper in files[third].body:
        if isinstance(helper, ast.FunctionDef):
            given = ast.unparse(helper.args)
            lines.append(
                f"def {helper.name}({given}):\n    return inner.{helper.name}({given})"
            )
    files[other] = ast.parse("\n".join(lines))
    return files


def class_between(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Inherit through a class of another module."""
    other, dotted = _sibling(path, "bases")
    head, imports, rest = _split(tree)
    known = {local for _, _, local in _bound(imports)}
    bases: list[ast.stmt] = []
    for node in rest:
        if not isinstance(node, ast.ClassDef):
            continue
        for number, base in enumerate(node.bases):
            text = ast.unparse(base)
            if text.partition(".")[0].partition("[")[0] in known:
                name = f"Between{node.name}{number}"
                bases += _statements(f"class {name}({text}):\n    '''Pass on.'''")
                node.bases[number] = _expression(name)
    if not bases:
        return None
    names = ", ".join(each.name for each in bases if isinstance(each, ast.ClassDef))
    line = _statements(f"from {dotted} import {names}")
    return {
        path: ast.Module([*head, *_needed(imports, rest), *line, *rest], []),
        other: ast.Module([*_needed(imports, bases), *bases], []),
    }


def attribute_in_a_variable(
    path: str, tree: ast.Module
) -> dict[str, ast.Module] | None:
    """Assign the values of a class's attributes outside of it."""
    head, imports, rest = _split(tree)
    constants: list[ast.stmt] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        for part in node.body:
            if isinstance(part, ast.Assign | ast.AnnAssign) and part.value:
                name = f"VALUE_{len(constants)}"
                constants += _statements(f"{name} = {ast.unparse(part.value)}")
                part.value = _expression(name)
    return {path: ast.Module([*head, *imports, *constants, *rest], [])}


def functions_elsewhere(path: str, tree: ast.Module) -> dict[str, ast.Module] | None:
    """Move the functions into another module and import them."""
    other, dotted = _sibling(path, "parts")
    head, imports, rest = _split(tree)
    moved = [node for node in rest if isinstance(node, FUNCTIONS)]
    if not moved or len(moved) < len(rest):
        return None
    line = _statements(f"from {dotted} import {', '.join(each.name for each in moved)}")
    return {
        path: ast.Module([*head, *line], []),
        other: ast.Module([*deepcopy(head), *imports, *moved], []),
    }


TRANSFORMATIONS: Final = tuple(
    Transformation(step.__name__.replace("_", " "), step)
    for step in (
        renamed_import,
        attribute_of_a_module,
        attribute_by_its_name,
        module_by_its_name,
        name_in_a_variable,
        name_from_another_module,
        inside_a_function,
        receiver_in_a_variable,
        helper_in_the_file,
        helper_in_another_module,
        helper_two_calls_away,
        class_between,
        attribute_in_a_variable,
        functions_elsewhere,
    )
)
