"""What a value may be, however a schema says it.

``oneOf`` and ``anyOf`` mean the same here. drf-spectacular writes a choice that may be
blank or null as alternatives of enumerations, so these become one enumeration; null is
kept apart, since there are many ways to say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django_strict.contract.references import NOTHING, resolved
from django_strict.contract.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.contract.references import Schema, Written

NULL: Final = "null"
ALTERNATIVES: Final = ("oneOf", "anyOf")
# Schemas without a type that speak of one.
IMPLIED: Final = {
    "properties": "object",
    "additionalProperties": "object",
    "items": "array",
}
KINDS: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "boolean"),  # Before int, which it is, too.
    (int, "integer"),
    (float, "number"),
    ((str, date), "string"),
    (list, "array"),
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the things that a value may be.

    Attributes:
        name: Name of its schema, empty when it has none.
        kind: Its type, empty for anything.
        schema: All that is said of it.
        values: The values it is one of, None if they are not counted.
    """

    name: str
    kind: str
    schema: Schema
    values: list[Any] | None = None

    @property
    def label(self) -> str:
        """What to call it."""
        return self.name or self.kind or "anything"


@dataclass(frozen=True, slots=True)
class Choice:
    """All that a value may be.

    Attributes:
        alternatives: What it may be beside null.
        is_nullable: Whether it is said that it may be null.
    """

    alternatives: list[Alternative]
    is_nullable: bool

    @property
    def is_open(self) -> bool:
        """Whether it may be anything."""
        return any(not part.kind for part in self.alternatives)

    @property
    def label(self) -> str:
        """What to call it."""
        return listed({part.label for part in self.alternatives}) or "nothing"


def choice(document: Schema, schema: Written) -> Choice:
    """Find out what a value may be.

    Args:
        document: The document that holds its schema.
        schema: The schema.

    Returns:
        The alternatives, each of one type at most.
    """
    parts = list(_parts(document, schema, ""))
    typed = [each for name, part in parts for each in _typed(name, part)]
    is_nullable = any(_may_be_null(part) for _, part in parts)
    return Choice(_merged(typed), is_nullable)


def _parts(
    document: Schema, schema: Written, name: str
) -> Iterator[tuple[str, Schema]]:
    """Take a schema apart.

    Args:
        document: The document that holds it.
        schema: The schema.
        name: What it is called, if nothing in it says more.

    Yields:
        Name and schema of each alternative, with what stands beside all of them.
    """
    name = _name(schema) or name
    whole = resolved(document, schema)
    key = next((key for key in ALTERNATIVES if key in whole), None)
    if key is None:
        if whole.get("not") != NOTHING["not"]:
            yield name, whole
        return
    beside = {other: said for other, said in whole.items() if other != key}
    # Of several schemas that must hold at once, the last may say that null is refused.
    null = {"nullable": True} if beside.get("nullable") is True else {}
    for part in whole[key]:
        yield from _parts(document, {"allOf": [beside, part], **null}, _name(part))


def _name(schema: Written) -> str:
    """Read what a schema is called.

    Args:
        schema: The schema.

    Returns:
        The last part of its reference, empty when there is none.
    """
    if isinstance(schema, bool):
        return ""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    # A reference with a description beside it is written this way.
    parts = schema.get("allOf", [])
    return _name(parts[0]) if len(parts) == 1 else ""


def _declared(schema: Schema) -> list[str]:
    """List the types that a schema names.

    Args:
        schema: The schema, without references.

    Returns:
        The types, null among them.
    """
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else list(named)


def _values(schema: Schema) -> list[Any] | None:
    """List the values that a schema counts.

    Args:
        schema: The schema, without references.

    Returns:
        The values, None if it counts none.
    """
    found: list[Any] | None = schema.get("enum")
    return [schema["const"]] if "const" in schema else found


def _may_be_null(schema: Schema) -> bool:
    """Tell whether a schema says that a value may be null.

    Args:
        schema: The schema, without references and alternatives.

    Returns:
        True if it does in any way.
    """
    said = schema.get("nullable") is True or NULL in _declared(schema)
    return said or None in (_values(schema) or [])


def _typed(name: str, schema: Schema) -> Iterator[Alternative]:
    """Split a schema by types.

    Args:
        name: What it is called.
        schema: The schema, without references and alternatives.

    Yields:
        Alternatives of one type at most; none for what is null alone.
    """
    values, declared = _values(schema), _declared(schema)
    if values is not None:
        counted: dict[str, list[Any]] = {}
        for value in values:
            if value is not None:
                counted.setdefault(_kind(value, declared), []).append(value)
        for kind, found in counted.items():
            yield Alternative(name, kind, schema, found)
        return
    implied = next((kind for key, kind in IMPLIED.items() if key in schema), "")
    for kind in declared or [implied]:
        if kind != NULL:
            yield Alternative(name, kind, schema)


def _kind(value: object, declared: list[str]) -> str:
    """Find the type of a value.

    Args:
        value: The value.
        declared: The types that its schema names.

    Returns:
        Name of the type.
    """
    kind = next((kind for types, kind in KINDS if isinstance(value, types)), "object")
    is_number = kind == "integer" and "number" in declared
    return "number" if is_number and "integer" not in declared else kind


def _merged(alternatives: list[Alternative]) -> list[Alternative]:
    """Make one enumeration of several of the same type.

    Args:
        alternatives: The alternatives.

    Returns:
        The alternatives with at most one enumeration of each type.
    """
    counted: dict[str, list[Alternative]] = {}
    for part in alternatives:
        if part.values is not None:
            counted.setdefault(part.kind, []).append(part)
    found = [part for part in alternatives if part.values is None]
    for kind, parts in counted.items():
        if len(parts) == 1:
            found += parts
            continue
        name = " and ".join(part.name for part in parts if part.name)
        values = [value for part in parts for value in part.values or []]
        found.append(Alternative(name, kind, {"type": kind, "enum": values}, values))
    return found
