"""Whether what one side sends is still what the other side expects.

A request is written by a client that read the old document and read by the new code; an
answer is written by the new code and read by that client. So one question is asked in
both directions: does the reader accept all that the writer may write?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django_strict.contract.alternatives import choice
from django_strict.contract.limits import stricter, takes
from django_strict.contract.references import ANYTHING, identity, resolved
from django_strict.contract.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django_strict.contract.alternatives import Alternative, Choice
    from django_strict.contract.references import Schema

type Pairs = frozenset[tuple[int, int]] | set[tuple[int, int]]

# What an alternative and what has become of it have in common, the surest first.
KINSHIP: Final[tuple[Callable[[Alternative], object], ...]] = (
    lambda part: part.name,
    lambda part: (part.kind, part.values is not None),
    lambda part: part.kind,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two documents, and the direction that data takes between them.

    Attributes:
        old: The document that clients know.
        new: The document that the code makes now.
        is_request: Whether clients write and the code reads.
    """

    old: Schema
    new: Schema
    is_request: bool

    def breaks(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        """Compare two schemas.

        Args:
            old: As clients know it.
            new: As the code has it.
            where: What they describe, for the sentences.

        Yields:
            A sentence for everything that a client cannot know.
        """
        yield from self._breaks(old, new, where, frozenset())

    def _breaks(
        self, old: Schema, new: Schema, where: str, seen: Pairs
    ) -> Iterator[str]:
        """Compare two schemas that other schemas may contain.

        Args:
            old: As clients know it.
            new: As the code has it.
            where: What they describe.
            seen: Pairs of schemas that led here: schemas may contain themselves.

        Yields:
            Sentences.
        """
        pair = identity(self.old, old), identity(self.new, new)
        if pair in seen:
            return
        # Frozen, these are the pairs on the way that led here. Otherwise all that must fit
        # at once share them: what was looked at need not be looked at again.
        seen |= {pair}
        before, after = choice(self.old, old), choice(self.new, new)
        written, read = self._sides(before, after)
        takes_null = read.is_nullable or read.is_open
        if written.is_nullable and not (takes_null or written.is_open):
            yield f"{where} {self._refusal} null"
        if len(before.alternatives) == len(after.alternatives) == 1:
            (was,), (now,) = before.alternatives, after.alternatives
            yield from self._one(was, now, where, seen)
        else:
            yield from self._several(before, after, where, seen)

    @property
    def _refusal(self) -> str:
        """How a value is introduced that a writer writes and no reader expects."""
        return "no longer accepts" if self.is_request else "may now be"

    def _sides[Side](self, old: Side, new: Side) -> tuple[Side, Side]:
        """Tell the writer from the reader; the other way round, old from new.

        Args:
            old: As clients know it, or the writer's.
            new: As the code has it, or the reader's.

        Returns:
            The writer's and the reader's, or the old and the new.
        """
        return (old, new) if self.is_request else (new, old)

    def _several(
        self, old: Choice, new: Choice, where: str, seen: Pairs
    ) -> Iterator[str]:
        """Compare alternatives.

        Args:
            old: As clients know them.
            new: As the code has them.
            where: What they describe.
            seen: Pairs of schemas that led here.

        Yields:
            Sentences.
        """
        written, read = self._sides(old, new)
        for part in written.alternatives:
            if self._fits(part, read, seen):
                continue
            other = _counterpart(part, written, read)
            if other:
                is_object = part.kind == other.kind == "object"
                name = is_object and (part.name or other.name)
                place = f"{where} ({name})" if name else where
                yield from self._one(*self._sides(part, other), place, seen)
            elif part.kind:
                verb = "lost" if self.is_request else "gained"
                yield f"{where} {verb} the alternative {part.label}"
            else:
                yield f"{where} was {old.label}, is {new.label}"

    def _fits(self, part: Alternative, read: Choice, seen: Pairs) -> bool:
        """Tell whether a reader accepts an alternative.

        Args:
            part: What may be written.
            read: What is expected.
            seen: Pairs of schemas that led here.

        Returns:
            True if it is what one of the reader's alternatives expects.
        """
        # The likely one first: most alternatives stay as they are.
        for other in sorted(read.alternatives, key=lambda each: each.name != part.name):
            assumed = set(seen)
            misfits = self._one(*self._sides(part, other), "", assumed)
            if next(misfits, None) is None:
                if isinstance(seen, set):
                    seen |= assumed
                return True
        return False

    def _one(
        self, old: Alternative, new: Alternative, where: str, seen: Pairs
    ) -> Iterator[str]:
        """Compare two alternatives.

        Args:
            old: As clients know it.
            new: As the code has it.
            where: What they describe.
            seen: Pairs of schemas that led here.

        Yields:
            Sentences.
        """
        written, read = self._sides(old, new)
        if not takes(read.kind, written.kind):
            yield f"{where} was {old.kind or 'anything'}, is {new.kind or 'anything'}"
            return
        if read.values is not None:
            yield from self._values(written, read.values, where)
            return
        yield from stricter(old, new, where, is_request=self.is_request)
        if read.kind == "object":
            yield from self._properties(old.schema, new.schema, where, seen)
            yield from self._further(old.schema, new.schema, where, seen)
        if read.kind == "array":
            was, now = (each.schema.get("items", ANYTHING) for each in (old, new))
            yield from self._breaks(was, now, f"{where}[]", seen)

    def _values(
        self, written: Alternative, expected: list[Any], where: str
    ) -> Iterator[str]:
        """Compare enumerations.

        Args:
            written: What may be written.
            expected: The values that a reader knows.
            where: What they describe.

        Yields:
            Sentences.
        """
        if written.values is None:
            verb = "accepts only" if self.is_request else "is no longer one of"
            yield f"{where} {verb} {listed(expected)}"
        elif surplus := [value for value in written.values if value not in expected]:
            yield f"{where} {self._refusal} {listed(surplus)}"

    def _properties(
        self, old: Schema, new: Schema, where: str, seen: Pairs
    ) -> Iterator[str]:
        """Compare the properties of objects.

        Args:
            old: As clients know it.
            new: As the code has it.
            where: What they describe.
            seen: Pairs of schemas that led here.

        Yields:
            Sentences.
        """
        before = self._exchanged(self.old, old)
        after = self._exchanged(self.new, new)
        required, demanded = _required(old, before), _required(new, after)
        for name in before:
            place = f"{where}: {name}"
            if name in after:
                yield from self._breaks(before[name], after[name], place, seen)
                if not self.is_request and name in required - demanded:
                    yield f"{place} may now be missing"
            elif name in new.get("properties", {}):
                yield f"{place} is {'read' if self.is_request else 'write'}-only now"
            else:
                yield f"{place} is gone"
        if self.is_request:
            for name in sorted(demanded - required):
                yield f"{where}: {name} is required now"

    def _exchanged(self, document: Schema, schema: Schema) -> Schema:
        """List the properties that data of this direction has.

        Args:
            document: The document that holds the schema.
            schema: The schema of an object.

        Returns:
            Their schemas by their names, in the order of the document.
        """
        hidden = "readOnly" if self.is_request else "writeOnly"
        return {
            name: described
            for name, described in schema.get("properties", {}).items()
            if resolved(document, described).get(hidden) is not True
        }

    def _further(
        self, old: Schema, new: Schema, where: str, seen: Pairs
    ) -> Iterator[str]:
        """Compare what holds for properties without a description of their own.

        Args:
            old: As clients know it.
            new: As the code has it.
            where: What they describe.
            seen: Pairs of schemas that led here.

        Yields:
            Sentences.
        """
        before = old.get("additionalProperties", True)
        after = new.get("additionalProperties", True)
        if before is False:
            return
        if after is not False:
            before, after = (
                ANYTHING if each is True else each for each in (before, after)
            )
            yield from self._breaks(before, after, f"{where}{{}}", seen)
        elif self.is_request:
            yield f"{where} no longer accepts further properties"
        elif "additionalProperties" in old:
            # Where none were described, nobody looks for any.
            yield f"{where} no longer has further properties"


def _required(schema: Schema, exchanged: Schema) -> set[str]:
    """List the properties that must be there.

    Args:
        schema: The schema of an object.
        exchanged: Its properties that data of this direction has.

    Returns:
        Their names; those among them that nothing describes.
    """
    hidden = schema.get("properties", {}).keys() - exchanged.keys()
    return {name for name in schema.get("required", []) if name not in hidden}


def _counterpart(
    part: Alternative, written: Choice, read: Choice
) -> Alternative | None:
    """Find what has become of an alternative that no longer fits.

    Args:
        part: The alternative.
        written: All that may be written.
        read: All that is expected.

    Returns:
        The only one on both sides with this name, or of this sort, or of this type; None
        if there is none.
    """
    for key in KINSHIP:
        alike = [
            [other for other in side.alternatives if key(other) == key(part)]
            for side in (written, read)
        ]
        if key(part) and [len(found) for found in alike] == [1, 1]:
            return alike[1][0]
    return None
