"""Whether what one side sends is still what the other side expects.

A request is written by a client that read the old document and read by the new code; an
answer is written by the new code and read by that client. So one question is asked in
both directions: does the reader accept all that the writer may write?

``oneOf`` and ``anyOf`` mean the same here. drf-spectacular writes a choice that may be
blank or null as alternatives of enumerations, so these become one enumeration; null is
kept apart, since there are many ways to say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django_strict.openapi.document import (
    ANYTHING,
    NOTHING,
    format_value,
    format_values,
    identity,
    resolve,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django_strict.openapi.document import Document, Schema, SchemaOrBool

type SchemaPairs = frozenset[tuple[int, int]] | set[tuple[int, int]]

NULL: Final = "null"
ALTERNATIVES: Final = ("oneOf", "anyOf")
# Schemas without a type that speak of one.
IMPLIED_TYPES: Final = {
    "properties": "object",
    "additionalProperties": "object",
    "items": "array",
}
TYPES: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "boolean"),  # Before int, which it is, too.
    (int, "integer"),
    (float, "number"),
    ((str, date), "string"),
    (list, "array"),
)
# Limits, and whether a reader becomes stricter when the number grows.
LIMITS: Final = {
    "minimum": True,
    "exclusiveMinimum": True,
    "minLength": True,
    "minItems": True,
    "minProperties": True,
    "maximum": False,
    "exclusiveMaximum": False,
    "maxLength": False,
    "maxItems": False,
    "maxProperties": False,
}
# Constraints that must be the same on both sides.
EXACT: Final = ("format", "pattern", "multipleOf", "uniqueItems")
# What says nothing. The limits of an integer say how long it may be; that text holds no
# NUL is said (by the project's OpenAPI hooks) of text with no other rule, and was always so.
WITHOUT_NUL: Final = r"^[^\u0000]*$"
NO_CONSTRAINT: Final[dict[str, tuple[object, ...]]] = {
    "format": ("int32", "int64"),
    "pattern": (WITHOUT_NUL,),
    "minLength": (0,),
    "minItems": (0,),
    "minProperties": (0,),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the things that a value may be.

    Attributes:
        name: Name of its schema, empty when it has none.
        type: Its type, empty for anything.
        schema: All that is said of it.
        enum: The values it is one of, None if they are not listed.
    """

    name: str
    type: str
    schema: Schema
    enum: list[Any] | None = None

    @property
    def label(self) -> str:
        """What to call it."""
        return self.name or self.type or "anything"

    def constraint(self, keyword: str) -> object:
        """Read a constraint.

        Args:
            keyword: Its keyword.

        Returns:
            Its value, None if there is none that says anything.
        """
        value: object = self.schema.get(keyword)
        is_none = value is False or value in NO_CONSTRAINT.get(keyword, ())
        return None if is_none else value


# What a variant and what has become of it have in common, the surest first.
LIKENESS: Final[tuple[Callable[[Variant], object], ...]] = (
    lambda variant: variant.name,
    lambda variant: (variant.type, variant.enum is not None),
    lambda variant: variant.type,
)


@dataclass(frozen=True, slots=True)
class Union:
    """All that a value may be.

    Attributes:
        variants: What it may be beside null.
        is_nullable: Whether it is said that it may be null.
    """

    variants: list[Variant]
    is_nullable: bool

    @property
    def is_open(self) -> bool:
        """Whether it may be anything."""
        return any(not variant.type for variant in self.variants)

    @property
    def label(self) -> str:
        """What to call it."""
        return format_values({each.label for each in self.variants}) or "nothing"


def union_of(document: Document, schema: SchemaOrBool) -> Union:
    """Find out what a value may be.

    Args:
        document: The document that holds its schema.
        schema: The schema.

    Returns:
        The variants, each of one type at most, with at most one enumeration of a type.
    """
    plain: list[Variant] = []
    enums: dict[str, list[Variant]] = {}
    is_nullable = False
    for name, part in _alternatives(document, schema, ""):
        declared = part.get("type", [])
        types = [declared] if isinstance(declared, str) else list(declared)
        listed = [part["const"]] if "const" in part else part.get("enum")
        is_nullable |= part.get("nullable") is True or NULL in types
        is_nullable |= None in (listed or [])
        if listed is None:
            implied = next(
                (IMPLIED_TYPES[key] for key in IMPLIED_TYPES if key in part), ""
            )
            plain += [
                Variant(name, each, part) for each in types or [implied] if each != NULL
            ]
            continue
        values: dict[str, list[Any]] = {}
        for value in listed:
            if value is not None:
                values.setdefault(_type_of(value, types), []).append(value)
        for each, found in values.items():
            enums.setdefault(each, []).append(Variant(name, each, part, found))
    return Union(plain + [_merge(variants) for variants in enums.values()], is_nullable)


def _alternatives(
    document: Document, schema: SchemaOrBool, name: str
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
    whole = resolve(document, schema)
    keyword = next((key for key in ALTERNATIVES if key in whole), None)
    if keyword is None:
        if whole.get("not") != NOTHING["not"]:
            yield name, whole
        return
    siblings = {key: value for key, value in whole.items() if key != keyword}
    # Of several schemas that must hold at once, the last may say that null is refused.
    null = {"nullable": True} if siblings.get("nullable") is True else {}
    for part in whole[keyword]:
        joined = {"allOf": [siblings, part], **null}
        yield from _alternatives(document, joined, _name(part))


def _name(schema: SchemaOrBool) -> str:
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


def _type_of(value: object, declared: list[str]) -> str:
    """Find the type of a value.

    Args:
        value: The value.
        declared: The types that its schema names.

    Returns:
        Name of the type.
    """
    found = next((name for types, name in TYPES if isinstance(value, types)), "object")
    is_number = found == "integer" and "number" in declared
    return "number" if is_number and "integer" not in declared else found


def _merge(enums: list[Variant]) -> Variant:
    """Make one enumeration of several of the same type.

    Args:
        enums: The enumerations, at least one.

    Returns:
        One with the values of all.
    """
    if len(enums) == 1:
        return enums[0]
    name = " and ".join(variant.name for variant in enums if variant.name)
    values = [value for variant in enums for value in variant.enum or []]
    schema = {"type": enums[0].type, "enum": values}
    return Variant(name, enums[0].type, schema, values)


@dataclass(frozen=True, slots=True)
class SchemaComparison:
    """Two documents, and the direction that data takes between them.

    Attributes:
        old: The document that clients know.
        new: The document that the code makes now.
        is_request: Whether clients write and the code reads.
    """

    old: Document
    new: Document
    is_request: bool

    def compare(
        self,
        old: Schema,
        new: Schema,
        label: str,
        seen: SchemaPairs = frozenset(),
    ) -> Iterator[str]:
        """Compare two schemas.

        Args:
            old: As clients know it.
            new: As the code has it.
            label: What they describe, for the sentences.
            seen: Pairs of schemas that led here: schemas may contain themselves.

        Yields:
            A sentence for everything that a client cannot know.
        """
        pair = identity(self.old, old), identity(self.new, new)
        if pair in seen:
            return
        # Frozen, these are the pairs on the way that led here. Otherwise all that must fit
        # at once share them: what was looked at need not be looked at again.
        seen |= {pair}
        before, after = union_of(self.old, old), union_of(self.new, new)
        writer, reader = self._writer_and_reader(before, after)
        takes_null = reader.is_nullable or reader.is_open
        if writer.is_nullable and not (takes_null or writer.is_open):
            yield f"{label} {self._refusal} null"
        if len(before.variants) == len(after.variants) == 1:
            yield from self._compare_variants(
                before.variants[0], after.variants[0], label, seen
            )
        else:
            yield from self._compare_unions(before, after, label, seen)

    @property
    def _refusal(self) -> str:
        """How a value is introduced that a writer writes and no reader expects."""
        return "no longer accepts" if self.is_request else "may now be"

    def _writer_and_reader[Side](self, old: Side, new: Side) -> tuple[Side, Side]:
        """Tell the writer from the reader; the other way round, old from new.

        Args:
            old: As clients know it, or the writer's.
            new: As the code has it, or the reader's.

        Returns:
            The writer's and the reader's, or the old and the new.
        """
        return (old, new) if self.is_request else (new, old)

    def _compare_unions(
        self, old: Union, new: Union, label: str, seen: SchemaPairs
    ) -> Iterator[str]:
        """Compare several variants.

        Args:
            old: As clients know them.
            new: As the code has them.
            label: What they describe.
            seen: Pairs of schemas that led here.

        Yields:
            Sentences.
        """
        writer, reader = self._writer_and_reader(old, new)
        for variant in writer.variants:
            if self._is_accepted(variant, reader, seen):
                continue
            other = _counterpart(variant, writer, reader)
            if other:
                is_object = variant.type == other.type == "object"
                name = is_object and (variant.name or other.name)
                both = self._writer_and_reader(variant, other)
                named = f"{label} ({name})" if name else label
                yield from self._compare_variants(*both, named, seen)
            elif variant.type:
                verb = "lost" if self.is_request else "gained"
                yield f"{label} {verb} the alternative {variant.label}"
            else:
                yield f"{label} was {old.label}, is {new.label}"

    def _is_accepted(self, written: Variant, reader: Union, seen: SchemaPairs) -> bool:
        """Tell whether a reader accepts a variant.

        Args:
            written: What may be written.
            reader: What is expected.
            seen: Pairs of schemas that led here.

        Returns:
            True if it is what one of the reader's variants expects.
        """
        # The likely one first: most variants stay as they are.
        for other in sorted(reader.variants, key=lambda it: it.name != written.name):
            assumed = set(seen)
            both = self._writer_and_reader(written, other)
            if next(self._compare_variants(*both, "", assumed), None) is None:
                if isinstance(seen, set):
                    seen |= assumed
                return True
        return False

    def _compare_variants(
        self, old: Variant, new: Variant, label: str, seen: SchemaPairs
    ) -> Iterator[str]:
        """Compare two variants.

        Args:
            old: As clients know it.
            new: As the code has it.
            label: What they describe.
            seen: Pairs of schemas that led here.

        Yields:
            Sentences.
        """
        writer, reader = self._writer_and_reader(old, new)
        types = (writer.type, reader.type)
        if reader.type not in ("", writer.type) and types != ("integer", "number"):
            yield f"{label} was {old.type or 'anything'}, is {new.type or 'anything'}"
            return
        if reader.enum is not None:
            if writer.enum is None:
                verb = "accepts only" if self.is_request else "is no longer one of"
                yield f"{label} {verb} {format_values(reader.enum)}"
            elif surplus := [it for it in writer.enum if it not in reader.enum]:
                yield f"{label} {self._refusal} {format_values(surplus)}"
            return
        yield from self._compare_constraints(old, new, label)
        if reader.type == "object":
            yield from self._compare_properties(old.schema, new.schema, label, seen)
            yield from self._compare_additional(old.schema, new.schema, label, seen)
        if reader.type == "array":
            was, now = (each.schema.get("items", ANYTHING) for each in (old, new))
            yield from self.compare(was, now, f"{label}[]", seen)

    def _compare_constraints(
        self, old: Variant, new: Variant, label: str
    ) -> Iterator[str]:
        """Find the constraints that a reader keeps and the writer does not know.

        Args:
            old: As clients know it.
            new: As the code has it.
            label: What they describe.

        Yields:
            Sentences.
        """
        writer, reader = self._writer_and_reader(old, new)
        for keyword in (*EXACT, *LIMITS):
            # Who reads without a constraint of that kind reads anything.
            if reader.constraint(keyword) is None:
                continue
            if not _satisfies(writer, reader, keyword):
                was, now = (format_value(it.constraint(keyword)) for it in (old, new))
                yield f"{label}: {keyword} was {was}, is {now}"

    def _compare_properties(
        self, old: Schema, new: Schema, label: str, seen: SchemaPairs
    ) -> Iterator[str]:
        """Compare the properties of objects.

        Args:
            old: As clients know it.
            new: As the code has it.
            label: What they describe.
            seen: Pairs of schemas that led here.

        Yields:
            Sentences.
        """
        before, was_required = self._properties(self.old, old)
        after, is_required = self._properties(self.new, new)
        for name in before:
            nested = f"{label}: {name}"
            if name in after:
                yield from self.compare(before[name], after[name], nested, seen)
                if not self.is_request and name in was_required - is_required:
                    yield f"{nested} may now be missing"
            elif name in new.get("properties", {}):
                yield f"{nested} is {'read' if self.is_request else 'write'}-only now"
            else:
                yield f"{nested} is gone"
        if self.is_request:
            for name in sorted(is_required - was_required):
                yield f"{label}: {name} is required now"

    def _properties(
        self, document: Document, schema: Schema
    ) -> tuple[dict[str, Schema], set[str]]:
        """List the properties that data of this direction has.

        Args:
            document: The document that holds the schema.
            schema: The schema of an object.

        Returns:
            Their schemas by name, in the order of the document, and the names of those
            that are required, with names that nothing describes.
        """
        hides = "readOnly" if self.is_request else "writeOnly"
        described = schema.get("properties", {})
        hidden = {
            name
            for name, each in described.items()
            if resolve(document, each).get(hides) is True
        }
        visible = {name: it for name, it in described.items() if name not in hidden}
        return visible, set(schema.get("required", [])) - hidden

    def _compare_additional(
        self, old: Schema, new: Schema, label: str, seen: SchemaPairs
    ) -> Iterator[str]:
        """Compare what holds for properties without a description of their own.

        Args:
            old: As clients know it.
            new: As the code has it.
            label: What they describe.
            seen: Pairs of schemas that led here.

        Yields:
            Sentences.
        """
        before = old.get("additionalProperties", True)
        after = new.get("additionalProperties", True)
        if before is False:
            return
        if after is not False:
            was, now = (ANYTHING if it is True else it for it in (before, after))
            yield from self.compare(was, now, f"{label}{{}}", seen)
        elif self.is_request:
            yield f"{label} no longer accepts further properties"
        elif "additionalProperties" in old:
            # Where none were described, nobody looks for any.
            yield f"{label} no longer has further properties"


def _satisfies(writer: Variant, reader: Variant, keyword: str) -> bool:
    """Tell whether all that is written keeps a constraint of the reader.

    Args:
        writer: What is written.
        reader: What is expected.
        keyword: Keyword of the constraint.

    Returns:
        True if the writer's own constraint is as strict, or the values it writes are
        known and keep to it.
    """
    own, expected = writer.constraint(keyword), reader.constraint(keyword)
    if keyword in EXACT:
        return own == expected
    is_minimum = LIMITS[keyword]
    if not isinstance(own, int | float):
        sizes: list[float] = []
        if writer.type == "string" and keyword in ("minLength", "maxLength"):
            sizes = [len(str(value)) for value in writer.enum or []]
        elif writer.type in ("integer", "number") and keyword in ("minimum", "maximum"):
            sizes = writer.enum or []
        if not sizes:
            return False
        own = min(sizes) if is_minimum else max(sizes)
    if not isinstance(expected, int | float):
        return False
    return own >= expected if is_minimum else own <= expected


def _counterpart(variant: Variant, writer: Union, reader: Union) -> Variant | None:
    """Find what has become of a variant that no longer fits.

    Args:
        variant: The variant.
        writer: All that may be written.
        reader: All that is expected.

    Returns:
        The only one on both sides with this name, or of this sort, or of this type; None
        if there is none.
    """
    for key in LIKENESS:
        alike = [
            [other for other in side.variants if key(other) == key(variant)]
            for side in (writer, reader)
        ]
        if key(variant) and [len(found) for found in alike] == [1, 1]:
            return alike[1][0]
    return None
