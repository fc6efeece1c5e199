"""An OpenAPI document: the file, its references and its operations.

Knows nothing of Django: a comparison takes a fraction of the time without it.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import yaml

from django_strict.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

type Document = dict[str, Any]
type Schema = dict[str, Any]
# As a document may hold it, where true and false are schemas too.
type SchemaOrBool = Schema | bool

FILE: Final = "openapi.yaml"
WRITE: Final = "uv run poe openapi"
# Of a line; JSON has more quotes than YAML, and no indentation.
WIDTH: Final = 130
HEADER: Final = f"""\
# What clients of this API rely on. Made from the code by `{WRITE}`; the gate
# refuses a file that differs from the code, and changes that would break clients.
"""
LONGEST_DIFFERENCE: Final = 80  # lines
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PLACEHOLDER: Final = re.compile(r"\{([^}]*)\}")

# The schemas `true` and `false`. Constants: comparing remembers schemas by identity.
ANYTHING: Final[Schema] = {}
NOTHING: Final[Schema] = {"not": {}}
# What a property may say beside a reference without changing what its values are.
ANNOTATIONS: Final = {
    "default",
    "deprecated",
    "description",
    "example",
    "readOnly",
    "title",
    "writeOnly",
}


class UnreadableError(ValueError):
    """No OpenAPI document; the message says what is wrong, in one line."""


def to_yaml(document: Document) -> str:
    """Write a document down.

    Args:
        document: The document.

    Returns:
        YAML. The head is quoted as JSON, which is YAML too, whatever the project is
        called: the same name always gives the same bytes.
    """
    rest = {key: value for key, value in document.items() if key != "info"}
    version = {"openapi": rest.pop("openapi")}
    head = ""
    for key, value in document["info"].items():
        if isinstance(value, str) and value.isprintable():
            head += f"  {key}: {json.dumps(value, ensure_ascii=False)}\n"
        else:
            lines = _dump({key: value}).rstrip("\n").replace("\n", "\n  ")
            head += f"  {lines}\n"
    return f"{HEADER}{_dump(version)}info:\n{head}{_dump(rest)}"


class CompactDumper(yaml.CSafeDumper):
    """Writes what is short on one line, as people do: `schema: {$ref: ...}`."""

    def represent_data(self, data: object) -> yaml.Node:
        """Represent a value.

        Args:
            data: The value.

        Returns:
            The node; a list or mapping stands on one line where that fits.
        """
        is_whole = not self.represented_objects
        node = super().represent_data(data)
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = not is_whole and len(json.dumps(data)) <= WIDTH
        return node


def _dump(value: Document) -> str:
    """Write YAML.

    Args:
        value: What to write, in this order; its own keys stand each on a line.

    Returns:
        The text.
    """
    text: str = yaml.dump(
        value, Dumper=CompactDumper, sort_keys=False, allow_unicode=True, width=WIDTH
    )
    return text


def read_file() -> str:
    """Read ``openapi.yaml``.

    Raises:
        UnreadableError: If it is no UTF-8.

    Returns:
        Its content, empty when there is none.
    """
    path = ROOT / FILE
    return decode(path.read_bytes()) if path.exists() else ""


def write_file(content: str) -> bool:
    """Bring ``openapi.yaml`` up to date.

    Args:
        content: What it should hold.

    Returns:
        Whether that is new.
    """
    path, new = ROOT / FILE, content.encode("utf-8")
    if path.exists() and path.read_bytes() == new:
        return False
    path.write_bytes(new)
    return True


def decode(content: bytes) -> str:
    """Decode the content of a file.

    Args:
        content: The content.

    Raises:
        UnreadableError: If it is no UTF-8.

    Returns:
        The text.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"line {line} is not UTF-8"
        raise UnreadableError(message) from error


def parse(content: str) -> Document:
    """Parse a document.

    Args:
        content: Its YAML.

    Raises:
        UnreadableError: If it is no YAML, or no mapping.

    Returns:
        The document.
    """
    try:
        document = yaml.load(content, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        message = f"it is no YAML: {' '.join(str(error).split())}"
        raise UnreadableError(message) from error
    if isinstance(document, dict):
        return document
    message = (
        "it holds no OpenAPI document" if content.strip() else "it is empty or missing"
    )
    raise UnreadableError(message)


def unified_diff(old: str, new: str) -> str:
    """Show what the file lacks.

    Args:
        old: Its content.
        new: What it should hold.

    Returns:
        A unified diff, cut where nobody would read on; empty when they are equal.
    """
    lines = list(
        difflib.unified_diff(
            old.splitlines(), new.splitlines(), FILE, "the code", lineterm="", n=2
        )
    )
    left = len(lines) - LONGEST_DIFFERENCE
    if left > 0:
        lines = [*lines[:LONGEST_DIFFERENCE], f"... and {left} more lines"]
    return "\n".join(lines)


def format_value(value: object) -> str:
    """Name a value in a sentence.

    Args:
        value: The value; None for a rule that is not given.

    Returns:
        What a person recognises, quoted where it could be overlooked.
    """
    if value is None:
        return "open"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if text and text == text.strip() else f'"{text}"'


def format_values(values: Iterable[object]) -> str:
    """Name values in a sentence.

    Args:
        values: The values.

    Returns:
        Their names in a steady order.
    """
    return ", ".join(sorted(format_value(value) for value in values))


def escape(sentence: str) -> str:
    """Make a sentence fit on one line, between backticks.

    Args:
        sentence: The sentence, with whatever a document holds in it.

    Returns:
        The sentence with everything escaped that no line can show.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in sentence.replace("`", "'")
    )


def find_reference(document: Document, reference: str) -> SchemaOrBool:
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


def as_mapping(schema: SchemaOrBool) -> Schema:
    """Write the schemas ``true`` and ``false`` as others are written.

    Args:
        schema: A schema or anything else that may be referred to.

    Returns:
        The same as a mapping.
    """
    if isinstance(schema, bool):
        return ANYTHING if schema else NOTHING
    return schema


def dereference(document: Document, value: SchemaOrBool) -> Schema:
    """Follow references.

    Args:
        document: The document that holds the value.
        value: A schema, a parameter, an answer or the like.

    Raises:
        UnreadableError: If references lead nowhere, or back to where they began.

    Returns:
        The value without ``$ref`` at its top; what stands beside it wins.
    """
    found = as_mapping(value)
    siblings: Schema = {}
    visited: set[str] = set()
    while "$ref" in found:
        reference = found["$ref"]
        if reference in visited:
            message = f"{reference} refers to itself"
            raise UnreadableError(message)
        visited.add(reference)
        siblings = {k: v for k, v in found.items() if k != "$ref"} | siblings
        found = as_mapping(find_reference(document, reference))
    return {**found, **siblings} if siblings else found


def resolve(document: Document, schema: SchemaOrBool) -> Schema:
    """Follow references and merge what must hold at once.

    Args:
        document: The document that holds the schema.
        schema: The schema.

    Returns:
        The schema without ``$ref`` and ``allOf`` at its top.
    """
    whole = dereference(document, schema)
    if "allOf" not in whole:
        return whole
    merged: Schema = {}
    own = {key: value for key, value in whole.items() if key != "allOf"}
    for part in (*(resolve(document, part) for part in whole["allOf"]), own):
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = {*merged.get("required", []), *part.get("required", [])}
        merged |= part
        if properties:
            merged["properties"] = properties
        if required:
            merged["required"] = sorted(required)
    return merged


def identity(document: Document, schema: SchemaOrBool) -> int:
    """Tell one schema from another.

    Args:
        document: The document that holds it.
        schema: The schema.

    Returns:
        A number; the same for all references that add nothing to the same schema.
    """
    found = as_mapping(schema)
    keys = found.keys() - ANNOTATIONS
    if keys == {"$ref"}:
        return identity(document, find_reference(document, found["$ref"]))
    if keys == {"allOf"} and len(found["allOf"]) == 1:
        return identity(document, found["allOf"][0])
    return id(found)


class Operation:
    """An operation of a document.

    Attributes:
        document: The document.
        name: Its method and path.
        operation_id: Its id, empty when it has none.
    """

    def __init__(
        self, document: Document, path: str, item: Schema, method: str
    ) -> None:
        """Take what the document holds about it.

        Args:
            document: The document.
            path: Its path.
            item: The path item that holds it.
            method: Its method.
        """
        self.document = document
        self.name = f"{method.upper()} {path}"
        self._positions = PLACEHOLDER.findall(path)
        self._object: Schema = item[method]
        self.operation_id = str(self._object.get("operationId", ""))
        self._shared = item.get("parameters", [])

    @property
    def parameters(self) -> dict[tuple[str, str], Schema]:
        """Its parameters by location and name; those of the path by position."""
        found = {}
        for each in (*self._shared, *self._object.get("parameters", [])):
            parameter = dereference(self.document, each)
            location, name = parameter["in"], parameter["name"]
            # Clients send no names of path parameters.
            if location == "path" and name in self._positions:
                name = f"number {self._positions.index(name) + 1}"
            elif location == "header":
                name = name.lower()
            found[location, name] = parameter
        return found

    @property
    def responses(self) -> dict[str, Schema]:
        """Its responses by status."""
        return {
            str(status): dereference(self.document, response)
            for status, response in self._object.get("responses", {}).items()
        }

    @property
    def request_body(self) -> Schema:
        """The body of its requests; empty when there is none."""
        return dereference(self.document, self._object.get("requestBody", {}))

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """Its security requirements, of which one is enough; an empty one for none."""
        return self._object.get("security", self.document.get("security")) or [{}]


def operations(document: Document) -> Iterator[tuple[str, dict[str, Operation]]]:
    """List the operations of a document.

    Args:
        document: The document.

    Yields:
        Each path without the names of its parameters, and its operations by method.
    """
    for path, written in document["paths"].items():
        item = dereference(document, written)
        yield (
            PLACEHOLDER.sub("{}", path),
            {
                method: Operation(document, path, item, method)
                for method in METHODS
                if method in item
            },
        )
