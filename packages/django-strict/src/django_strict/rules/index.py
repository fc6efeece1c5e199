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

from django_strict.rules.module import FUNCTIONS, MANAGERS
from django_strict.rules.names import Names, module_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django_strict.rules.module import Function, Module
    from django_strict.rules.names import Binding

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
PAIRS: Final = ("get_or_create", "update_or_create")
SCALARS: Final = {
    *("aggregate", "count", "exists", "explain", "update", "delete", "in_bulk"),
    *("bulk_create", "bulk_update", "contains", "values", "values_list", "dates"),
}
ORM: Final = {"model", "manager", "queryset", "instance"}
ROWS: Final = {"manager", "queryset"}
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


class Question(NamedTuple):
    """What is asked about functions.

    Attributes:
        subject: A word for it, for the memory.
        does: Tells what a node does, empty when nothing of interest.
        passes: Tells whether a function is looked into.
        calls: Whether a function that is named and not called does not count.
    """

    subject: str
    does: Callable[[Module, ast.AST], str]
    passes: Callable[[Module, Function], bool]
    calls: bool = False


def short(name: str) -> str:
    """Name something of the project by its module and itself."""
    return ".".join(name.split(".")[-2:])


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
        parts: list[ast.expr] = []
        match node:
            case ast.Name():
                return self._name(module, node)
            case ast.Attribute():
                return self.attribute(self.value(module, node.value), node.attr, node)
            case ast.Call():
                return self._call(module, node)
            case ast.Subscript():
                value = self.value(module, node.value)
                is_row = value.kind in ROWS and not isinstance(node.slice, ast.Slice)
                return replace(value, kind="instance") if is_row else value
            case ast.Await() | ast.Starred() | ast.NamedExpr():
                parts = [node.value]
            case ast.IfExp():
                parts = [node.body, node.orelse]
            case ast.BoolOp():
                parts = node.values
        return self._first(module, *parts)

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
        match kind:
            case "import":
                return self.find(name) or self._foreign(name)
            case "definition" | "class":
                return self._defined(name)
            case "self":
                return Value(name, self._kind_of(name), name)
            case "annotated" | "argument":
                return self.annotated(module, getattr(node, "annotation", node))
        value = UNKNOWN if kind == "other" else self.value(module, node)
        if kind in {"value", "context"}:
            return value
        is_pair = kind == "item" and value.name.endswith(PAIRS)
        is_row = is_pair or (kind == "iteration" and value.kind in ROWS)
        return replace(value, kind="instance") if is_row else UNKNOWN

    def _kind_of(self, name: str) -> str:
        """Tell what an object of a class of the project is."""
        if self.is_model(name):
            return "instance"
        lasts = {one.rpartition(".")[2] for one in self.lineage(name)[1:]}
        if "QuerySet" in lasts:
            return "queryset"
        return "manager" if lasts & {"Manager", "BaseManager"} else "object"

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
                value = self.attribute(value, part)
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
        return best or (
            Value(f"{module_name(module.path)}.{name}") if bindings else None
        )

    def attribute(self, value: Value, name: str, node: ast.AST | None = None) -> Value:
        """Find out what an attribute of something stands for.

        Args:
            value: What it belongs to.
            name: The attribute.
            node: Where it is read.

        Returns:
            What is known.
        """
        dotted = f"{value.name}.{name}" if value.name else ""
        if name in MANAGERS:
            return Value(dotted or f"?.{name}", "manager", value.model or value.name)
        judges = {
            "model": self._of_model,
            "instance": self._of_instance,
            "manager": self._of_rows,
            "queryset": self._of_rows,
        }
        if judge := judges.get(value.kind):
            return judge(value, name, dotted)
        if name == "user" and node is not None and _is_request(node):
            return Value(dotted, "instance", USER)
        if not value.name or value.kind == "bound":
            return Value(dotted)
        if value.kind == "object" or value.name in self.definitions:
            return self._of_class(value.name, name) or Value(dotted)
        is_module = value.name in self.modules or dotted in self.modules
        return (self.find(dotted) if is_module else None) or self._foreign(dotted)

    def _of_rows(self, value: Value, name: str, dotted: str) -> Value:
        """Judge an attribute of a manager or a queryset."""
        if name == "model":
            return Value(value.model, "model", value.model)
        own = self._of_manager(value.model, name)
        return Value(own or dotted, "bound", value.model, value.kind)

    def _of_manager(self, model: str, name: str) -> str:
        """Find the method that a project's own manager or queryset defines."""
        is_model = self.is_model(model)
        manager = self._of_class(model, "objects") if is_model else None
        owner = manager.name.removesuffix(".as_manager") if manager else model
        found = self._of_class(owner, name) if owner in self.definitions else None
        return found.name if found and found.name in self.definitions else ""

    def _of_model(self, value: Value, name: str, dotted: str) -> Value:
        """Judge an attribute of a model's class."""
        if name in {"_meta", "__class__"}:
            return value if name == "__class__" else replace(value, kind="meta")
        found = self._of_class(value.model, name)
        last = found.name if found else ""
        if found and (
            found.kind == "manager" or last.endswith(("Manager", "as_manager"))
        ):
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
            if f"{owner}.{attribute}" in self.definitions:
                return self._defined(f"{owner}.{attribute}")
            module, node = self.definitions.get(owner, (None, None))
            if module is None or not isinstance(node, ast.ClassDef):
                continue
            for part in _assignments(node, attribute):
                if part.value:
                    return self.value(module, part.value)
                if isinstance(part, ast.AnnAssign):
                    return self.annotated(module, part.annotation)
            given = module.names.attributes.get((owner, attribute), [])
            found = [self.value(module, one) for one in given]
            if named := [one for one in found if one.name]:
                return named[0]
        return None

    def _call(self, module: Module, node: ast.Call) -> Value:
        """Find out what a call returns."""
        value = self.value(module, node.func)
        name, last = value.name, value.name.rpartition(".")[2]
        for known, judge in SPECIAL.items():
            if known in {name, last} and node.args:
                return judge(self, module, node.args) or Value(name)
        if value.kind == "bound":
            return self._returned_by(value, last)
        if value.kind != "model" and name in self.definitions:
            return self._returned(name) or Value(name)
        if last == "get_user_model":
            return Value(USER, "model", USER)
        kind = {"model": "instance", "object": "object"}.get(value.kind, "")
        if last in {"get_queryset", "filter_queryset"}:
            kind = "queryset"
        return Value(name, kind, value.model)

    def _read_by_name(self, module: Module, arguments: list[ast.expr]) -> Value | None:
        """Judge ``getattr``."""
        text = self.text(module, arguments[1]) if arguments[1:] else ""
        found = self.value(module, arguments[0])
        for part in text.split(".") if text else ():
            found = self.attribute(found, part, arguments[0])
        return found if text else UNKNOWN

    def _imported_by_name(
        self, module: Module, arguments: list[ast.expr]
    ) -> Value | None:
        """Judge ``import_module`` and ``__import__``."""
        text = self.text(module, arguments[0])
        if text.startswith(".") and arguments[1:]:
            text = self.text(module, arguments[1]) + text
        return Value(text) if text else UNKNOWN

    def _loaded(self, module: Module, arguments: list[ast.expr]) -> Value | None:
        """Judge ``import_string``."""
        text = self.text(module, arguments[0])
        return self.find(text) or self._foreign(text) if text else UNKNOWN

    def _registered(self, module: Module, arguments: list[ast.expr]) -> Value | None:
        """Judge ``get_model``."""
        label = ".".join(self.text(module, each) for each in arguments[:2])
        model = self.model_called(label) if "." in label else ""
        return Value(model or "?", "model", model)

    def _cast(self, module: Module, arguments: list[ast.expr]) -> Value | None:
        """Judge ``cast``."""
        told = self.annotated(module, arguments[0])
        return told if told.kind else self.value(module, arguments[-1])

    def _class_of(self, module: Module, arguments: list[ast.expr]) -> Value | None:
        """Judge ``type``."""
        value = self.value(module, arguments[0])
        if arguments[1:]:
            return None
        if value.kind in ORM:
            return Value(value.model, "model", value.model)
        return replace(value, kind="")

    def _wrapped(self, module: Module, arguments: list[ast.expr]) -> Value | None:
        """Judge what returns or calls its argument."""
        return self.value(module, arguments[0])

    @staticmethod
    def _returned_by(value: Value, last: str) -> Value:
        """Judge what a method of the ORM returns."""
        plain = {last, last.removeprefix("a")}
        is_scalar = value.of not in ROWS or last.endswith(PAIRS) or plain & SCALARS
        if is_scalar and not plain & FETCHING:
            return Value(value.name)
        kind = "instance" if plain & FETCHING and value.of in ROWS else "queryset"
        return Value(value.name, kind if value.of in ROWS else "", value.model)

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
        match node:
            case ast.Constant(value=str()):
                parsed = self._quoted(module, node)
                return self.annotated(module, parsed) if parsed else UNKNOWN
            case ast.BinOp():
                left = self.annotated(module, node.left)
                return left if left.kind else self.annotated(module, node.right)
            case ast.Subscript():
                return self._generic(module, node)
            case ast.Name() | ast.Attribute():
                return self._object_of(self.value(module, node))
        return UNKNOWN

    def _object_of(self, value: Value) -> Value:
        """Judge an annotation that is a class's name."""
        name = value.name
        if value.kind == "model":
            return Value(name, "instance", value.model)
        if name.endswith(("django.db.models.QuerySet", "query.QuerySet")):
            return Value(name, "queryset")
        if name in self.definitions:
            return Value(name, self._kind_of(name), name)
        return Value(name) if "." in name else UNKNOWN

    def _quoted(self, module: Module, node: ast.Constant) -> ast.expr | None:
        """Parse an annotation in quotes; its names mean what they mean around it."""
        try:
            parsed = ast.parse(str(node.value), mode="eval").body
        except SyntaxError:
            return None
        scopes = module.names.scopes
        for each in ast.walk(parsed):
            scopes[each] = scopes.get(node, module.names.top)
        # Kept alive: values are remembered by the address of their node.
        self._kept.append(parsed)
        return parsed

    def _generic(self, module: Module, node: ast.Subscript) -> Value:
        """Judge an annotation with brackets."""
        head = self.value(module, node.value).name.rpartition(".")[2]
        inner = self.annotated(module, node.slice)
        if head.endswith("QuerySet"):
            return Value(head, "queryset", inner.model)
        if head.endswith("Manager"):
            return Value(head, "manager", inner.model)
        if head in {"type", "Type"} and inner.kind == "instance":
            return Value(inner.name, "model", inner.model)
        is_passed_on = head in {"Optional", "Annotated", "Awaitable", "Coroutine"}
        return inner if is_passed_on else UNKNOWN

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
        found: tuple[Module, ast.AST] | None = None
        if depth > DEEPEST:
            return module, node
        if isinstance(node, ast.Name):
            scope = module.names.scopes.get(node, module.names.top)
            for binding in scope.find(node.id)[-1:]:
                found = self._held(module, binding, depth)
        elif isinstance(node, ast.Attribute):
            owner = self.value(module, node.value)
            found = self.constant(f"{owner.name}.{node.attr}", depth)
        elif isinstance(node, ast.Call) and node.args[1:]:
            owner = self.value(module, node.args[0])
            is_read = self.value(module, node.func).name == "getattr"
            name = f"{owner.name}.{self.text(module, node.args[1])}" if is_read else ""
            found = self.constant(name, depth)
        return found or (module, node)

    def _held(
        self, module: Module, binding: Binding, depth: int
    ) -> tuple[Module, ast.AST] | None:
        """Follow one binding to the expression that it holds."""
        if binding.kind == "value":
            return self.expression(module, binding.node, depth + 1)
        is_import = binding.kind == "import" and depth < DEEPEST
        return self.constant(binding.name, depth + 1) if is_import else None

    def constant(self, name: str, depth: int = 0) -> tuple[Module, ast.AST] | None:
        """Find the expression that a dotted name of the project holds.

        Args:
            name: Such as ``apps.orders.names.LIMIT``, or of a class's attribute.
            depth: How many were followed.

        Returns:
            The expression and its file; None where there is none.
        """
        owner, _, attribute = name.rpartition(".")
        module = self.modules.get(owner)
        if module:
            bindings = module.names.top.names.get(attribute, [])[-1:]
            return self._held(module, bindings[0], depth) if bindings else None
        for one in self.lineage(owner) if owner in self.definitions else ():
            home, node = self.definitions.get(one, (None, None))
            if home is None or not isinstance(node, ast.ClassDef):
                continue
            for part in _assignments(node, attribute):
                if part.value:
                    return self.expression(home, part.value, depth + 1)
        return None

    def called(
        self, module: Module, node: ast.AST, *, calls: bool = False
    ) -> list[str]:
        """List the functions of the project that an expression refers to.

        Args:
            module: The file.
            node: A name, an attribute or a call.
            calls: Whether a function that is named and not called does not count; a
                property is called where it is named.

        Returns:
            Their dotted names; of a class that is called, its constructor.
        """
        if isinstance(node, ast.Call):
            name = self.value(module, node.func).name
            if isinstance(self.definitions.get(name, (0, 0))[1], ast.ClassDef):
                found = [self._of_class(name, one) for one in ("__init__", "__call__")]
                return [one.name for one in found if one]
            return [name] if name in self.definitions else []
        if not isinstance(node, ast.Name | ast.Attribute):
            return []
        name = self.value(module, node).name
        home, function = self.definitions.get(name, (module, None))
        if not isinstance(function, FUNCTIONS):
            return []
        is_read = any(one.endswith("property") for one in home.decorators(function))
        return [name] if is_read or not calls else []

    def reaches(
        self, name: str, question: Question, trail: tuple[str, ...] = ()
    ) -> Step | None:
        """Find out whether a function does something, itself or through others.

        Args:
            name: The function.
            question: What is asked.
            trail: The functions on the way here.

        Returns:
            The way there; None when it does not.
        """
        key = (question.subject, name)
        if key in self._reached:
            return self._reached[key]
        module, node = self.definitions[name]
        if not isinstance(node, FUNCTIONS) or name in trail:
            return None
        if not question.passes(module, node):
            return None
        nodes = own_nodes(node) if question.calls else list(ast.walk(node))
        done = (question.does(module, each) for each in nodes)
        found = next((Step((short(name),), what) for what in done if what), None)
        others = (
            other
            for each in nodes
            for other in self.called(module, each, calls=question.calls)
        )
        for other in () if found or len(trail) > DEEPEST else others:
            if step := self.reaches(other, question, (*trail, name)):
                found = Step((short(name), *step.chain), step.what)
                break
        # What was cut short in a circle may still be found from elsewhere.
        if found or not trail:
            self._reached[key] = found
        return found


SPECIAL: Final = {
    "getattr": Index._read_by_name,
    "import_module": Index._imported_by_name,
    "__import__": Index._imported_by_name,
    "import_string": Index._loaded,
    "get_model": Index._registered,
    "get_registered_model": Index._registered,
    "cast": Index._cast,
    "type": Index._class_of,
    **dict.fromkeys(WRAPPERS, Index._wrapped),
}


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


def reached(module: Module, question: Question) -> Iterator[tuple[ast.AST, Step]]:
    """Follow the functions that a file uses, each once.

    Args:
        module: The file.
        question: What is asked about them.

    Yields:
        Where a function is used, and how it gets to what it does.
    """
    seen: set[str] = set()
    imported: dict[ast.AST, list[str]] = defaultdict(list)
    for place, origin, _ in module.imports:
        found = module.index.find(origin)
        imported[place] += [found.name] if found else []
    for node in module.nodes:
        if node in module.annotations:
            continue
        for name in (*module.index.called(module, node), *imported.get(node, ())):
            if name in seen or name not in module.index.definitions:
                continue
            seen.add(name)
            if step := module.index.reaches(name, question):
                yield node, step


def _assignments(node: ast.ClassDef, name: str) -> Iterator[ast.Assign | ast.AnnAssign]:
    """List the statements of a class that assign a name."""
    for part in node.body:
        if isinstance(part, ast.Assign | ast.AnnAssign) and _target_name(part) == name:
            yield part


def _target_name(part: ast.Assign | ast.AnnAssign) -> str:
    """Name what a statement of a class assigns."""
    target = part.targets[0] if isinstance(part, ast.Assign) else part.target
    return target.id if isinstance(target, ast.Name) else ""


def _is_request(node: ast.AST) -> bool:
    """Tell whether an attribute is read from a request."""
    owner = node.value if isinstance(node, ast.Attribute) else node
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return "request" in name.lower()
