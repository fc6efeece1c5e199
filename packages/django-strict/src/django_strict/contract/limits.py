"""Rules that a value itself must keep: its type, its format, its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django_strict.contract.wording import word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.contract.alternatives import Alternative

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
# Rules that must be the same on both sides.
EXACT: Final = ("format", "pattern", "multipleOf", "uniqueItems")
# What says nothing. The limits of an integer say how long it may be; that text holds no
# NUL is said (apps/core/schema.py) of text with no other rule, and was always so.
WITHOUT_NUL: Final = r"^[^\u0000]*$"
EMPTY: Final[dict[str, tuple[object, ...]]] = {
    "format": ("int32", "int64"),
    "pattern": (WITHOUT_NUL,),
    "minLength": (0,),
    "minItems": (0,),
    "minProperties": (0,),
}


def takes(reader: str, writer: str) -> bool:
    """Tell whether a type is one that a reader expects.

    Args:
        reader: The type that it expects, empty for anything.
        writer: The type that is written, empty for anything.

    Returns:
        True if it is.
    """
    return reader in ("", writer) or (reader, writer) == ("number", "integer")


def stricter(
    old: Alternative, new: Alternative, where: str, *, is_request: bool
) -> Iterator[str]:
    """Find the rules that a reader keeps and the writer does not know.

    Args:
        old: As clients know it.
        new: As the code has it.
        where: What they describe.
        is_request: Whether clients write and the code reads.

    Yields:
        Sentences.
    """
    written, read = (old, new) if is_request else (new, old)
    for name in (*EXACT, *LIMITS):
        # Who reads without a rule of that kind reads anything.
        if _stated(read, name) is not None and not _is_kept(written, read, name):
            was, now = (word(_stated(part, name)) for part in (old, new))
            yield f"{where}: {name} was {was}, is {now}"


def _stated(part: Alternative, name: str) -> object:
    """Read a rule.

    Args:
        part: What it is for.
        name: Its name.

    Returns:
        The rule, None if there is none that says anything.
    """
    rule: object = part.schema.get(name)
    return None if rule is False or rule in EMPTY.get(name, ()) else rule


def _is_kept(written: Alternative, read: Alternative, name: str) -> bool:
    """Tell whether all that is written keeps a rule of the reader.

    Args:
        written: What is written.
        read: What is expected.
        name: Name of the rule.

    Returns:
        True if the writer's own rule is as strict, or the values it writes are known and
        keep to it.
    """
    own, rule = _stated(written, name), _stated(read, name)
    if name in EXACT:
        return own == rule
    limit = own if isinstance(own, int | float) else _limit_of_values(written, name)
    if limit is None or not isinstance(rule, int | float):
        return False
    return limit >= rule if LIMITS[name] else limit <= rule


def _limit_of_values(part: Alternative, name: str) -> float | None:
    """Find the limit that values keep to which a schema counts.

    Args:
        part: The values.
        name: Name of the limit.

    Returns:
        The limit, None if the values know no such limit.
    """
    if not part.values:
        return None
    sizes: list[float] = []
    if part.kind == "string" and name in ("minLength", "maxLength"):
        sizes = [len(str(value)) for value in part.values]
    elif part.kind in ("integer", "number") and name in ("minimum", "maximum"):
        sizes = part.values
    if not sizes:
        return None
    return min(sizes) if LIMITS[name] else max(sizes)
