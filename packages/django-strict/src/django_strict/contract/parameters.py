"""Parameters and headers: what they are called, and how their values are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django_strict.contract.alternatives import choice
from django_strict.contract.references import ANYTHING
from django_strict.contract.schemas import Comparison
from django_strict.contract.wording import word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.contract.operations import Operation
    from django_strict.contract.references import Schema

# How OpenAPI writes values where nothing else is said.
STYLES: Final = {
    "query": "form",
    "cookie": "form",
    "path": "simple",
    "header": "simple",
}
# Values of one piece are written the same, exploded or not.
OF_PIECES: Final = {"array", "object", ""}


def changed_parameters(old: Operation, new: Operation) -> Iterator[str]:
    """Compare parameters of path, query, headers and cookies.

    Args:
        old: As clients know it.
        new: As the code has it.

    Yields:
        Sentences.
    """
    compare = Comparison(old.document, new.document, is_request=True)
    before, after = old.parameters(), new.parameters()
    for (place, name), parameter in before.items():
        label = f"{place} parameter {name}"
        now = after.get((place, name))
        if now is None:
            yield f"{label} is gone"
            continue
        if now.get("required") and not parameter.get("required"):
            yield f"{label} is required now"
        yield from written(compare, (parameter, now), STYLES.get(place, ""), label)
    for (place, name), parameter in after.items():
        if parameter.get("required") and (place, name) not in before:
            yield f"{place} parameter {name} is required now"


def written(
    compare: Comparison, both: tuple[Schema, Schema], style: str, label: str
) -> Iterator[str]:
    """Compare the values of a parameter or a header.

    Args:
        compare: The documents and the direction.
        both: What is said of it, as clients know it and as the code has it.
        style: How its values are written where nothing else is said.
        label: What it is called.

    Yields:
        Sentences.
    """
    was, now = (next(iter(each.get("content", {})), None) for each in both)
    if was != now:
        yield f"{label}: content was {word(was)}, is {word(now)}"
        return
    old, new = ((each["content"][was] if was else each) for each in both)
    schema: Schema = old.get("schema", ANYTHING)
    if was is None:
        kinds = {part.kind for part in choice(compare.old, schema).alternatives}
        yield from _form(both, style, label, is_of_pieces=bool(kinds & OF_PIECES))
    yield from compare.breaks(schema, new.get("schema", ANYTHING), label)


def _form(
    both: tuple[Schema, Schema], style: str, label: str, *, is_of_pieces: bool
) -> Iterator[str]:
    """Compare how values are written.

    Args:
        both: What is said, as clients know it and as the code has it.
        style: How values are written where nothing else is said.
        label: What they belong to.
        is_of_pieces: Whether values may consist of several.

    Yields:
        A sentence if it has changed.
    """
    styles = [each.get("style", style) for each in both]
    exploded = [
        each.get("explode", said == "form")
        for each, said in zip(both, styles, strict=True)
    ]
    for name, (was, now) in (("style", styles), ("explode", exploded)):
        if was != now and (name == "style" or is_of_pieces):
            yield f"{label}: {name} was {word(was)}, is {word(now)}"
            return
