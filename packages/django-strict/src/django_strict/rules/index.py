"""What a name means: followed through variables, functions and the project's own modules.

Nothing is imported or run. An ``Index`` knows all files of a run; a rule asks it through
its ``Module`` what an expression stands for and what a function reaches.
"""

from __future__ import annotations

import ast
import functools
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from django_strict.rules.module import FUNCTIONS, MANAGERS, method

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django_strict.rules.module import Function, Module

# Of packages that are not read: a class of a module called so is a model.
FOREIGN_MODEL: Final = re.compile(r"^(?!django\.db\.).*\bmodels\.[A-Z]\w*$")
NO_MODEL: Final = re.compile(r"(Manager|QuerySet|Field|Choices|Error|Exception|Mixin)$")
BASE_MODELS: Final = {
    "django.db.models.Model",
    "django.db.models.base.Model",
    "django.contrib.auth.base_user.AbstractBaseUser",
    "django.contrib.auth.models.AbstractBaseUser",
    "django.contrib.auth.models.AbstractUser",
    "django.contrib.sessions.base_session.AbstractBaseSession",
}
USER: Final = "apps.users.models.User"
RELATIONS: Final = {"ForeignKey", "OneToOneField", "ManyToManyField"}
FETCHING: Final = {"get", "first", "last", "earliest", "latest", "create"}
PAIRS: Final = {"get_or_create", "update_or_create"}
SCALARS: Final = {
    *("aggregate", "count", "exists", "explain", "update", "delete", "in_bulk"),
    *("bulk_create", "bulk_update", "contains", "values", "values_list", "dates"),
}
ORM: Final = {"model", "manager", "queryset", "instance"}
CASTS: Final = {"typing.cast", "cast"}
# They return, or call, what they are given.
WRAPPERS: Final = {
    *("functools.partial", "asgiref.sync.sync_to_async", "asgiref.sync.async_to_sync"),
    *("copy.copy", "copy.deepcopy", "functools.wraps"),
    *("django.utils.decorators.method_decorator", "operator.attrgetter"),
}
DEEPEST: Final = 30


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression stands for, as far as it is known.

    Attributes:
        name: Dotted origin, calls and subscripts on the way left out.
        kind: ``model``, ``manager``, ``queryset`` or ``instance`` of Django's ORM; ``bound``
            for a method of one; ``object`` for an object of a class; empty for others.
        model: For the ORM's kinds, the model's dotted name.
        of: For a method, the kind of what it belongs to.
    """

    name: str = ""
    kind: str = ""
    model: str = ""
    of: str = ""


UNKNOWN: Final = Value()


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


class Step(NamedTuple):
    """Where a chain of calls ends.

    Attributes:
        chain: Names of the functions on the way.
        what: What the last one does.
    """

    chain: tuple[str, ...]
    what: str

    def __str__(self) -> str:
        """Write the chain as a reader would.

        Returns:
            Such as ``helpers.rename -> User.objects.filter``.
        """
        return " -> ".join((*self.chain, self.what))


def short(name: str) -> str:
    """Name something of the project by its module and itself."""
    return ".".join(name.split(".")[-2:])


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
        self, nodes: list[ast.AST] | list[ast.stmt], scope: Scope, name: str, owner: str
    ) -> None:
        """Enter nodes that stand in one scope, and what is below them."""
        stack: list[ast.AST] = list(reversed(nodes))
        while stack:
            node = stack.pop()
            self.scopes[node] = scope
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                self._define(node, scope, name, owner)
                outside: list[ast.AST] = [*node.decorator_list]
                if isinstance(node, ast.ClassDef):
                    outside += [*node.bases, *node.keywords]
                else:
                    spec = node.args
                    outside += [*spec.defaults, *(d for d in spec.kw_defaults if d)]
                    arguments = (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)
                    outside += [a.annotation for a in arguments if a.annotation]
                    outside += [node.returns] if node.returns else []
                stack += outside
                continue
            if isinstance(node, ast.Lambda):
                inner = Scope(node, scope)
                self._arguments(node.args, inner)
                self._walk([node.body], inner, name, owner)
                continue
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
        if isinstance(node, ast.Import):
            for one in node.names:
                head = one.name if one.asname else one.name.partition(".")[0]
                scope.names[one.asname or head].append(Binding("import", node, head))
        elif isinstance(node, ast.ImportFrom):
            origin = self.module.origin(node)
            for one in node.names:
                if one.name == "*":
                    self.stars.append(origin)
                    continue
                target = Binding("import", node, f"{origin}.{one.name}")
                scope.names[one.asname or one.name].append(target)
        elif isinstance(node, ast.Assign):
            for each in node.targets:
                self._target(each, node.value, "value", scope, owner)
        elif isinstance(node, ast.AnnAssign) and node.value:
            self._target(node.target, node.value, "value", scope, owner)
        elif isinstance(node, ast.AnnAssign):
            self._target(node.target, node.annotation, "annotated", scope, owner)
        elif isinstance(node, ast.NamedExpr):
            self._target(node.target, node.value, "value", scope, owner)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self._target(node.target, node.iter, "iteration", scope, owner)
        elif isinstance(node, ast.withitem) and node.optional_vars:
            self._target(node.optional_vars, node.context_expr, "context", scope, owner)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            scope.names[node.name].append(Binding("other", node))

    def _target(
        self, target: ast.expr, value: ast.expr, kind: str, scope: Scope, owner: str
    ) -> None:
        """Enter the target of an assignment."""
        if isinstance(target, ast.Name):
            scope.names[target.id].append(Binding(kind, value))
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            if target.value.id in {"self", "cls"} and owner and kind == "value":
                self.attributes[owner, target.attr].append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            for number, each in enumerate(target.elts):
                if len(parts) == len(target.elts) and kind == "value":
                    self._target(each, parts[number], kind, scope, owner)
                elif number == 0:
                    self._target(each, value, "item", scope, owner)
                else:
                    self._target(each, value, "other", scope, owner)


class Index:
    """All files of a run."""

    def __init__(self, modules: list[Module]) -> None:
        """Remember the files; they are read when a rule asks.

        Args:
            modules: The files.
        """
        self.modules = {module_name(module.path): module for module in modules}
        for module in modules:
            module.index, module.names = self, Names(module)
        self._cuts = 0
        self._kept: list[ast.AST] = []
        self._running: set[tuple[int, str]] = set()
        self._values: dict[int, Value] = {}
        self._reached: dict[tuple[str, str], Step | None] = {}

    @functools.cached_property
    def definitions(self) -> dict[str, tuple[Module, ast.AST]]:
        """All functions and classes by their dotted names."""
        return {
            name: (module, node)
            for module in self.modules.values()
            for name, node in module.names.definitions.items()
        }

    @functools.cached_property
    def relations(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Kind and model of what relations add to models, by model and attribute."""
        found: dict[tuple[str, str], tuple[str, str]] = {}
        for name, (module, node) in self.definitions.items():
            if not isinstance(node, ast.ClassDef) or not self.is_model(name):
                continue
            for part in node.body:
                if not isinstance(part, ast.Assign | ast.AnnAssign):
                    continue
                call, target = part.value, _target_name(part)
                kind = ""
                if isinstance(call, ast.Call):
                    kind = ast.unparse(call.func).rpartition(".")[2]
                if kind not in RELATIONS or not isinstance(call, ast.Call):
                    continue
                options = {word.arg: word.value for word in call.keywords}
                to = call.args[0] if call.args else options.get("to")
                other = self._related(module, name, to) if to else ""
                is_many = kind == "ManyToManyField"
                found[name, target] = ("manager" if is_many else "instance", other)
                label = options.get("related_name")
                text = label.value if isinstance(label, ast.Constant) else ""
                is_one = kind == "OneToOneField"
                lower = node.name.lower()
                back = str(text) or (lower if is_one else f"{lower}_set")
                found[other, back] = ("instance" if is_one else "manager", name)
        return found

    def _related(self, module: Module, model: str, to: ast.expr) -> str:
        """Name the model that a relation leads to."""
        if isinstance(to, ast.Constant) and isinstance(to.value, str):
            if to.value == "self":
                return model
            return self.model_called(to.value, model.rpartition(".")[0])
        value = self.value(module, to)
        return USER if value.name.endswith("AUTH_USER_MODEL") else value.model

    def model_called(self, label: str, package: str = "") -> str:
        """Find a model by its label, such as ``orders.Order``."""
        app, _, name = label.rpartition(".")
        return f"apps.{app}.models.{name}" if app else f"{package}.{name}"

    def value(self, module: Module, node: ast.AST) -> Value:
        """Find out what an expression stands for.

        Args:
            module: The file.
            node: The expression.

        Returns:
            What is known.
        """
        known = self._values.get(id(node))
        if known is not None:
            return known
        key = (id(node), "")
        if key in self._running or len(self._running) > DEEPEST * 10:
            self._cuts += 1
            return UNKNOWN
        self._running.add(key)
        before = self._cuts
        try:
            found = self._infer(module, node)
        finally:
            self._running.discard(key)
        # What was cut short in a circle is only half the truth.
        if self._cuts == before or not self._running:
            self._values[id(node)] = found
        return found

    def _infer(self, module: Module, node: ast.AST) -> Value:
        """Judge by the kind of expression."""
        if isinstance(node, ast.Name):
            return self._name(module, node)
        if isinstance(node, ast.Attribute):
            return self.attribute(module, self.value(module, node.value), node.attr, node)
        if isinstance(node, ast.Call):
            return self._call(module, node)
        if isinstance(node, ast.Subscript):
            value = self.value(module, node.value)
            is_item = value.kind in {"queryset", "manager"}
            if is_item and not isinstance(node.slice, ast.Slice):
                return replace(value, kind="instance")
            return value
        if isinstance(node, ast.Await | ast.Starred):
            return self.value(module, node.value)
        if isinstance(node, ast.NamedExpr):
            return self.value(module, node.value)
        if isinstance(node, ast.IfExp):
            return self._first(module, node.body, node.orelse)
        if isinstance(node, ast.BoolOp):
            return self._first(module, *node.values)
        return UNKNOWN

    def _first(self, module: Module, *nodes: ast.AST) -> Value:
        """Take the most telling one of several values."""
        values = [self.value(module, node) for node in nodes]
        telling = [value for value in values if value.kind]
        return next(iter([*telling, *(v for v in values if v.name), UNKNOWN]))

    def _name(self, module: Module, node: ast.Name) -> Value:
        """Look a name up."""
        scope = module.names.scopes.get(node, module.names.top)
        bindings = scope.find(node.id)
        if not bindings:
            for star in module.names.stars:
                if found := self.find(f"{star}.{node.id}"):
                    return found
            return Value(node.id)
        values = [self.bound(module, binding) for binding in bindings]
        telling = [value for value in values if value.kind]
        named = [value for value in values if value.name]
        return next(iter([*telling, *named, Value(node.id)]))

    def bound(self, module: Module, binding: Binding) -> Value:
        """Find out what a binding stands for."""
        kind, node, name = binding
        if kind == "import":
            return self.find(name) or self._foreign(name)
        if kind in {"definition", "class"}:
            return self._defined(name)
        if kind == "self":
            is_model = self.is_model(name)
            return Value(name, "instance" if is_model else "object", name)
        if kind == "value":
            return self.value(module, node)
        if kind == "annotated":
            return self.annotated(module, node)
        if kind == "argument" and isinstance(node, ast.arg):
            return self.annotated(module, node.annotation)
        if kind in {"iteration", "item", "context"}:
            value = self.value(module, node)
            if kind == "iteration" and value.kind in {"queryset", "manager"}:
                return replace(value, kind="instance")
            if kind == "item" and value.name.rpartition(".")[2].lstrip("a") in {
                *PAIRS,
                *(pair.lstrip("a") for pair in PAIRS),
            }:
                return replace(value, kind="instance")
            return value if kind == "context" else UNKNOWN
        return UNKNOWN

    def _foreign(self, name: str) -> Value:
        """Judge a name of a package, or of a file that is not there."""
        is_model = FOREIGN_MODEL.match(name) and not NO_MODEL.search(name)
        return Value(name, "model" if is_model else "", name if is_model else "")

    def _defined(self, name: str) -> Value:
        """Judge a function or class of the project."""
        return Value(name, "model", name) if self.is_model(name) else Value(name)

    def find(self, name: str) -> Value | None:
        """Find what a dotted name of the project stands for, through other modules.

        Args:
            name: Such as ``apps.orders.names.Order``.

        Returns:
            What it stands for; None where the project has no such module.
        """
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            module = self.modules.get(".".join(parts[:length]))
            if module is None:
                continue
            rest = parts[length:]
            if not rest:
                return Value(name)
            value = self._member(module, rest[0])
            if value is None:
                return None
            for part in rest[1:]:
                value = self.attribute(module, value, part)
            return value
        return None

    def _member(self, module: Module, name: str) -> Value | None:
        """Look a name up at the top of a module."""
        key = (id(module), name)
        if key in self._running:
            self._cuts += 1
            return None
        self._running.add(key)
        try:
            bindings = module.names.top.names.get(name, [])
            values = [self.bound(module, binding) for binding in bindings]
            for star in [] if values else module.names.stars:
                found = self.find(f"{star}.{name}")
                values += [found] if found else []
        finally:
            self._running.discard(key)
        telling = [value for value in values if value.kind]
        best = next(iter([*telling, *(v for v in values if v.name)]), None)
        return best or (Value(f"{module_name(module.path)}.{name}") if bindings else None)

    def attribute(
        self, module: Module, value: Value, name: str, node: ast.AST | None = None
    ) -> Value:
        """Find out what an attribute of something stands for.

        Args:
            module: The file.
            value: What it belongs to.
            name: The attribute.
            node: Where it is read.

        Returns:
            What is known.
        """
        dotted = f"{value.name}.{name}" if value.name else ""
        if name in MANAGERS:
            return Value(dotted or f"?.{name}", "manager", value.model or value.name)
        if value.kind == "model":
            return self._of_model(value, name, dotted)
        if value.kind == "instance":
            return self._of_instance(value, name, dotted)
        if value.kind in {"manager", "queryset"}:
            if name == "model":
                return Value(value.model, "model", value.model)
            own = self._of_manager(value.model, name)
            return Value(own or dotted, "bound", value.model, value.kind)
        if name == "user" and node is not None and _is_request(node):
            return Value(dotted, "instance", USER)
        if not value.name:
            return UNKNOWN
        if value.kind == "bound":
            return Value(dotted)
        if value.kind == "object" or value.name in self.definitions:
            return self._of_class(value.name, name) or Value(dotted)
        if value.name in self.modules or dotted in self.modules:
            return self.find(dotted) or self._foreign(dotted)
        return self._foreign(dotted)

    def _of_manager(self, model: str, name: str) -> str:
        """Find the method that a project's own manager or queryset defines."""
        manager = self._of_class(model, "objects") if model else None
        owner = manager.name.removesuffix(".as_manager") if manager else ""
        found = self._of_class(owner, name) if owner in self.definitions else None
        return found.name if found and found.name in self.definitions else ""

    def _of_model(self, value: Value, name: str, dotted: str) -> Value:
        """Judge an attribute of a model's class."""
        if name in {"_meta", "__class__"}:
            return value if name == "__class__" else replace(value, kind="meta")
        found = self._of_class(value.model, name)
        last = found.name if found else ""
        if found and (found.kind == "manager" or last.endswith(("Manager", "as_manager"))):
            return Value(dotted, "manager", value.model)
        if found and found.name in self.definitions:
            return found
        return Value(dotted, "bound", value.model, "model")

    def _of_instance(self, value: Value, name: str, dotted: str) -> Value:
        """Judge an attribute of a row."""
        if name in {"__class__", "_meta"}:
            return Value(value.model, "model", value.model)
        if (value.model, name) in self.relations:
            kind, model = self.relations[value.model, name]
            return Value(dotted, kind, model)
        if name.endswith("_set"):
            return Value(dotted, "manager", "")
        found = self._of_class(value.model, name)
        if found and found.name in self.definitions:
            return found
        return Value(dotted, "bound", value.model, "instance")

    def _of_class(self, name: str, attribute: str) -> Value | None:
        """Look an attribute up in a class of the project and in those it inherits."""
        for owner in self.lineage(name):
            if owner not in self.definitions:
                continue
            module, node = self.definitions[owner]
            if f"{owner}.{attribute}" in self.definitions:
                return self._defined(f"{owner}.{attribute}")
            if not isinstance(node, ast.ClassDef):
                continue
            for part in node.body:
                if isinstance(part, ast.Assign | ast.AnnAssign):
                    if _target_name(part) != attribute:
                        continue
                    if part.value:
                        return self.value(module, part.value)
                    if isinstance(part, ast.AnnAssign):
                        return self.annotated(module, part.annotation)
            for given in module.names.attributes.get((owner, attribute), []):
                if (found := self.value(module, given)).name:
                    return found
        return None

    def _call(self, module: Module, node: ast.Call) -> Value:
        """Find out what a call returns."""
        value = self.value(module, node.func)
        name, arguments = value.name, node.args
        last = name.rpartition(".")[2]
        if name in {"getattr", "builtins.getattr"} and len(arguments) > 1:
            text = self.text(module, arguments[1])
            if text:
                owner = self.value(module, arguments[0])
                found = owner
                for part in text.split("."):
                    found = self.attribute(module, found, part, arguments[0])
                return found
            return UNKNOWN
        if name in {"importlib.import_module", "__import__", "builtins.__import__"}:
            text = self.text(module, arguments[0]) if arguments else ""
            if text.startswith(".") and len(arguments) > 1:
                text = self.text(module, arguments[1]) + text
            return Value(text) if text else UNKNOWN
        if last == "import_string" and arguments:
            text = self.text(module, arguments[0])
            return self.find(text) or self._foreign(text) if text else UNKNOWN
        if last in {"get_model", "get_registered_model"} and arguments:
            label = ".".join(self.text(module, each) for each in arguments[:2])
            model = self.model_called(label) if "." in label else ""
            return Value(model or name, "model", model)
        if last == "get_user_model":
            return Value(USER, "model", USER)
        if name in CASTS and len(arguments) > 1:
            given = self.annotated(module, arguments[0])
            return given if given.kind else self.value(module, arguments[1])
        if name in {"type", "builtins.type"} and len(arguments) == 1:
            given = self.value(module, arguments[0])
            if given.kind in ORM:
                return Value(given.model, "model", given.model)
            return replace(given, kind="")
        if name in WRAPPERS and arguments:
            return self.value(module, arguments[0])
        if value.kind == "model":
            return Value(name, "instance", value.model)
        if value.kind == "bound":
            return self._returned_by(value, last)
        if name in self.definitions:
            return self._returned(name) or Value(name)
        if last in {"get_queryset", "filter_queryset"}:
            return Value(name, "queryset")
        return Value(name, value.kind if value.kind == "object" else "", value.model)

    @staticmethod
    def _returned_by(value: Value, last: str) -> Value:
        """Judge what a method of the ORM returns."""
        plain = {last, last.removeprefix("a")}
        if value.of in {"manager", "queryset"}:
            if plain & FETCHING:
                return Value(value.name, "instance", value.model)
            if plain & (SCALARS | PAIRS):
                return Value(value.name)
            return Value(value.name, "queryset", value.model)
        return Value(value.name)

    def _returned(self, name: str) -> Value | None:
        """Find out what a function of the project returns, or what a class makes."""
        module, node = self.definitions[name]
        if isinstance(node, ast.ClassDef):
            return Value(name, "object")
        if not isinstance(node, FUNCTIONS):
            return None
        if "property" in " ".join(ast.unparse(one) for one in node.decorator_list):
            return None
        told = self.annotated(module, node.returns)
        if told.kind:
            return told
        key = (id(node), "return")
        if key in self._running:
            self._cuts += 1
            return None
        self._running.add(key)
        try:
            returned = [
                one.value
                for one in own_nodes(node)
                if isinstance(one, ast.Return) and one.value
            ]
            value = self._first(module, *returned)
        finally:
            self._running.discard(key)
        return value if value.name and value.name != name else None

    def annotated(self, module: Module, node: ast.AST | None) -> Value:
        """Find out what an annotation says.

        Args:
            module: The file.
            node: The annotation.

        Returns:
            A model's name stands for a row, ``QuerySet[...]`` for a queryset.
        """
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                parsed = ast.parse(node.value, mode="eval").body
            except SyntaxError:
                return UNKNOWN
            for each in ast.walk(parsed):
                module.names.scopes[each] = module.names.scopes.get(
                    node, module.names.top
                )
            # Kept alive: values are remembered by the address of their node.
            self._kept.append(parsed)
            return self.annotated(module, parsed)
        if isinstance(node, ast.BinOp):
            left = self.annotated(module, node.left)
            return left if left.kind else self.annotated(module, node.right)
        if isinstance(node, ast.Subscript):
            head = self.value(module, node.value).name.rpartition(".")[2]
            inner = self.annotated(module, node.slice)
            if head.endswith("QuerySet"):
                return Value(head, "queryset", inner.model)
            if head.endswith("Manager"):
                return Value(head, "manager", inner.model)
            if head in {"type", "Type"} and inner.kind == "instance":
                return Value(inner.name, "model", inner.model)
            if head in {"Optional", "Annotated", "Awaitable", "Coroutine"}:
                return inner
            return UNKNOWN
        if isinstance(node, ast.Name | ast.Attribute):
            value = self.value(module, node)
            if value.kind == "model":
                return Value(value.name, "instance", value.model)
            if value.name.endswith(("django.db.models.QuerySet", "query.QuerySet")):
                return Value(value.name, "queryset")
            if value.name in self.definitions:
                return Value(value.name, "object")
            return Value(value.name) if "." in value.name else UNKNOWN
        return UNKNOWN

    def is_model(self, name: str) -> bool:
        """Tell whether a class is a model."""
        return any(
            base in BASE_MODELS
            or (base not in self.definitions and self._foreign(base).kind == "model")
            for base in self.lineage(name)
        )

    @functools.cache  # noqa: B019 - an index lives as long as the run
    def lineage(self, name: str) -> tuple[str, ...]:
        """List a class and all classes that it inherits from, by their dotted names.

        Args:
            name: The class.

        Returns:
            The class first; those of packages last known by their name.
        """
        found = [name]
        for one in found:
            if one not in self.definitions or len(found) > DEEPEST:
                continue
            module, node = self.definitions[one]
            if isinstance(node, ast.ClassDef):
                bases = [self.value(module, base).name for base in node.bases]
                found += [base for base in bases if base and base not in found]
        return tuple(found)

    def text(self, module: Module, node: ast.AST) -> str:
        """Compute a string that is written in the code.

        Args:
            module: The file.
            node: A constant, a variable that holds one, or a sum of them.

        Returns:
            The string; empty when it is not known.
        """
        home, found = self.expression(module, node)
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            return found.value
        if isinstance(found, ast.BinOp) and isinstance(found.op, ast.Add):
            return self.text(home, found.left) + self.text(home, found.right)
        if isinstance(found, ast.JoinedStr):
            return "".join(self.text(home, part) for part in found.values)
        if isinstance(found, ast.FormattedValue):
            return self.text(home, found.value)
        return ""

    def expression(
        self, module: Module, node: ast.AST, depth: int = 0
    ) -> tuple[Module, ast.AST]:
        """Follow variables to the expression that they hold.

        Args:
            module: The file.
            node: An expression.
            depth: How many were followed.

        Returns:
            The expression and its file; what cannot be followed stays.
        """
        if depth > DEEPEST:
            return module, node
        if isinstance(node, ast.Name):
            scope = module.names.scopes.get(node, module.names.top)
            for kind, target, name in scope.find(node.id)[-1:]:
                if kind == "value":
                    return self.expression(module, target, depth + 1)
                if kind == "import":
                    return self.constant(name, depth) or (module, node)
        if isinstance(node, ast.Attribute):
            owner = self.value(module, node.value)
            if owner.name and (found := self.constant(f"{owner.name}.{node.attr}", depth)):
                return found
        if isinstance(node, ast.Call):
            value = self.value(module, node.func).name
            if value == "getattr" and len(node.args) > 1:
                owner = self.value(module, node.args[0])
                name = f"{owner.name}.{self.text(module, node.args[1])}"
                return self.constant(name, depth) or (module, node)
        return module, node

    def constant(self, name: str, depth: int = 0) -> tuple[Module, ast.AST] | None:
        """Find the expression that a dotted name of the project holds."""
        owner, _, attribute = name.rpartition(".")
        module = self.modules.get(owner)
        if module:
            for kind, target, origin in module.names.top.names.get(attribute, [])[-1:]:
                if kind == "value":
                    return self.expression(module, target, depth + 1)
                if kind == "import" and depth < DEEPEST:
                    return self.constant(origin, depth + 1)
            return None
        for one in self.lineage(owner) if owner in self.definitions else ():
            if one in self.definitions:
                home, node = self.definitions[one]
                for part in node.body if isinstance(node, ast.ClassDef) else ():
                    is_it = isinstance(part, ast.Assign | ast.AnnAssign)
                    if is_it and part.value and _target_name(part) == attribute:
                        return self.expression(home, part.value, depth + 1)
        return None

    def called(self, module: Module, node: ast.AST, *, calls: bool = False) -> list[str]:
        """List the functions of the project that an expression refers to.

        Args:
            module: The file.
            node: A name, an attribute or a call.
            calls: Whether a function that is named and not called does not count.

        Returns:
            Their dotted names; of a class that is called, its constructor.
        """
        if isinstance(node, ast.Call):
            name = self.value(module, node.func).name
            if isinstance(self.definitions.get(name, (0, 0))[1], ast.ClassDef):
                found = [self._of_class(name, one) for one in ("__init__", "__call__")]
                return [one.name for one in found if one]
            return [name] if name in self.definitions else []
        if calls or not isinstance(node, ast.Name | ast.Attribute):
            return []
        name = self.value(module, node).name
        return [name] if isinstance(self.definitions.get(name, (0, 0))[1], FUNCTIONS) else []

    def reaches(
        self,
        name: str,
        subject: str,
        does: Callable[[Module, ast.AST], str],
        passes: Callable[[Module, Function], bool],
        *,
        calls: bool = False,
        trail: tuple[str, ...] = (),
    ) -> Step | None:
        """Find out whether a function does something, itself or through others.

        Args:
            name: The function.
            subject: What is asked, for the memory.
            does: Tells what a node does, empty when nothing of interest.
            passes: Tells whether a function is looked into.
            calls: Whether a function that is named and not called does not count.
            trail: The functions on the way here.

        Returns:
            The way there; None when it does not.
        """
        key = (subject, name)
        if key in self._reached:
            return self._reached[key]
        module, node = self.definitions[name]
        if name in trail or len(trail) > DEEPEST or not isinstance(node, FUNCTIONS):
            return None
        if not passes(module, node):
            return None
        found: Step | None = None
        nodes = own_nodes(node) if calls else list(ast.walk(node))
        for each in nodes:
            if what := does(module, each):
                found = Step((short(name),), what)
                break
        for each in [] if found else nodes:
            for other in self.called(module, each, calls=calls):
                step = self.reaches(
                    other, subject, does, passes, calls=calls, trail=(*trail, name)
                )
                if step:
                    found = Step((short(name), *step.chain), step.what)
                    break
            if found:
                break
        if found or not trail:
            self._reached[key] = found
        return found


def own_nodes(function: Function) -> list[ast.AST]:
    """Walk over a function; one inside it runs where it is called, in a thread say."""
    nodes: list[ast.AST] = list(function.body)
    for node in nodes:
        nodes += [
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, (*FUNCTIONS, ast.Lambda))
        ]
    return nodes


def reached(
    module: Module,
    subject: str,
    does: Callable[[Module, ast.AST], str],
    passes: Callable[[Module, Function], bool],
) -> Iterator[tuple[ast.AST, Step]]:
    """Follow the functions that a file uses, each once.

    Args:
        module: The file.
        subject: What is asked.
        does: Tells what a node does.
        passes: Tells whether a function is looked into.

    Yields:
        Where a function is used, and how it gets to what it does.
    """
    seen: set[str] = set()
    imported: dict[ast.AST, list[str]] = {}
    for node, origin, _ in module.imports:
        imported.setdefault(node, []).append(origin)
    for node in module.nodes:
        if node in module.annotations:
            continue
        names = module.index.called(module, node)
        for origin in imported.get(node, ()):
            found = module.index.find(origin)
            names += [found.name] if found else []
        for name in names:
            if name in seen or name not in module.index.definitions:
                continue
            seen.add(name)
            if step := module.index.reaches(name, subject, does, passes):
                yield node, step


def _target_name(part: ast.Assign | ast.AnnAssign) -> str:
    """Name what a statement of a class assigns."""
    target = part.targets[0] if isinstance(part, ast.Assign) else part.target
    return target.id if isinstance(target, ast.Name) else ""


def _is_request(node: ast.AST) -> bool:
    """Tell whether an attribute is read from a request."""
    owner = node.value if isinstance(node, ast.Attribute) else node
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return "request" in name.lower()
