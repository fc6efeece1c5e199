"""What a document says elsewhere: references, and what must hold at once."""

from typing import Any, Final
from urllib.parse import unquote

from django_strict.contract.document import UnreadableError

type Schema = dict[str, Any]
# As it stands in a document, where true and false are schemas, too.
type Written = Schema | bool

# The schemas `true` and `false`. Constants: comparing remembers schemas by identity.
ANYTHING: Final[Schema] = {}
NOTHING: Final[Schema] = {"not": {}}
# What a property may say beside a reference without changing what its values are.
SILENT: Final = {
    "default",
    "deprecated",
    "description",
    "example",
    "readOnly",
    "title",
    "writeOnly",
}


def followed(document: Schema, value: Written) -> Schema:
    """Follow references.

    Args:
        document: The document that holds the value.
        value: A schema, a parameter, an answer or the like.

    Raises:
        UnreadableError: If references lead nowhere, or back to where they began.

    Returns:
        The value without ``$ref`` at its top; what stands beside it wins.
    """
    found = _mapping(value)
    beside: Schema = {}
    visited: set[str] = set()
    while "$ref" in found:
        reference = found["$ref"]
        if reference in visited:
            message = f"{reference} refers to itself"
            raise UnreadableError(message)
        visited.add(reference)
        beside = {k: v for k, v in found.items() if k != "$ref"} | beside
        found = _mapping(target(document, reference))
    return {**found, **beside} if beside else found


def resolved(document: Schema, schema: Written) -> Schema:
    """Follow references and merge what must hold at once.

    Args:
        document: The document that holds the schema.
        schema: The schema.

    Returns:
        The schema without ``$ref`` and ``allOf`` at its top.
    """
    whole = followed(document, schema)
    if "allOf" not in whole:
        return whole
    merged: Schema = {}
    own = {key: value for key, value in whole.items() if key != "allOf"}
    for part in (*(resolved(document, part) for part in whole["allOf"]), own):
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = {*merged.get("required", []), *part.get("required", [])}
        merged |= part
        if properties:
            merged["properties"] = properties
        if required:
            merged["required"] = sorted(required)
    return merged


def identity(document: Schema, schema: Written) -> int:
    """Tell one schema from another.

    Args:
        document: The document that holds it.
        schema: The schema.

    Returns:
        A number; the same for all references that add nothing to the same schema.
    """
    found = _mapping(schema)
    said = found.keys() - SILENT
    if said == {"$ref"}:
        return identity(document, target(document, found["$ref"]))
    if said == {"allOf"} and len(found["allOf"]) == 1:
        return identity(document, found["allOf"][0])
    return id(found)


def _mapping(value: Written) -> Schema:
    """Write the schemas ``true`` and ``false`` as others are written.

    Args:
        value: A schema or anything else that may be referred to.

    Returns:
        The same as a mapping.
    """
    if isinstance(value, bool):
        return ANYTHING if value else NOTHING
    return value


def target(document: Schema, reference: str) -> Written:
    """Find what a reference names.

    Args:
        document: The document that holds it.
        reference: The reference.

    Raises:
        UnreadableError: If nothing of that kind is there.

    Returns:
        A mapping, or a schema that is true or false.
    """
    if not reference.startswith("#/"):
        message = f"{reference} lies outside of the file"
        raise UnreadableError(message)
    found: Any = document
    for name in unquote(reference).removeprefix("#/").split("/"):
        key = name.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, dict | bool):
        return found
    message = f"{reference} is referred to and not there"
    raise UnreadableError(message)
