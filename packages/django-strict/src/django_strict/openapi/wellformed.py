"""Whether a document has the shape of one: people edit it, and merges tear it.

Only what a comparison reads is looked at. drf-spectacular validates what the code makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django_strict.openapi.document import (
    METHODS,
    UnreadableError,
    dereference,
    escape,
    find_reference,
    format_value,
)
from django_strict.openapi.schemas import ALTERNATIVES, LIMITS, union_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.openapi.document import Document, Schema

LONGEST: Final = 40  # characters of a value that is shown
NAMES: Final[dict[type, str]] = {dict: "a mapping", list: "a list", str: "text"}


def inspect(document: Document) -> None:
    """Look for what no document of an API holds.

    Args:
        document: The document.

    Raises:
        UnreadableError: If something is found; it says what, and where.
    """
    try:
        for schema in _Inspection(document).schemas():
            union_of(document, schema)
    except RecursionError as error:
        message = "a schema consists of itself"
        raise UnreadableError(message) from error


class _Inspection:
    """A walk through a document, which ends at the first fault."""

    def __init__(self, document: Document) -> None:
        """Begin.

        Args:
            document: The document.
        """
        self._document = document
        self._schemas: dict[int, Schema] = {}

    def schemas(self) -> list[Schema]:
        """Look at all that is compared.

        Returns:
            All schemas that were found.
        """
        _expect(self._document.get("info", {}), dict, "info")
        components = _expect(self._document.get("components", {}), dict, "components")
        location = "components: securitySchemes"
        for name, scheme in _entries(components, "securitySchemes", location):
            self._dereference(scheme, f"{location}: {name}")
        self._security(self._document, "security")
        paths = _expect(self._document.get("paths"), dict, "paths")
        for path, written in paths.items():
            item = self._dereference(written, _expect(path, str, "paths"))
            self._parameters(item, path)
            for method in METHODS:
                if method in item:
                    name = f"{method.upper()} {path}"
                    self._operation(_expect(item[method], dict, name), name)
        return list(self._schemas.values())

    def _operation(self, operation: Schema, name: str) -> None:
        """Look at an operation.

        Args:
            operation: All that is said of it.
            name: What it is called.
        """
        self._security(operation, f"{name}: security")
        self._parameters(operation, name)
        location = f"{name}: request"
        body = self._dereference(operation.get("requestBody", {}), location)
        self._content(body, location)
        for status, written in _entries(operation, "responses", f"{name}: responses"):
            location = f"{name}: answer {status}"
            response = self._dereference(written, location)
            self._content(response, location)
            for header, it in _entries(response, "headers", f"{location}: headers"):
                self._value(it, f"{location}: header {_expect(header, str, location)}")

    def _parameters(self, holder: Schema, location: str) -> None:
        """Look at the parameters of a path or an operation.

        Args:
            holder: All that is said of it.
            location: Where it stands.
        """
        parameters = holder.get("parameters", [])
        for written in _expect(parameters, list, f"{location}: parameters"):
            parameter = self._value(written, f"{location}: a parameter")
            for key in ("in", "name"):
                _expect(parameter.get(key), str, f"{location}: {key} of a parameter")

    def _value(self, written: object, location: str) -> Schema:
        """Look at a parameter or a header.

        Args:
            written: All that is said of it.
            location: Where it stands.

        Returns:
            The same without references.
        """
        described = self._dereference(written, location)
        self._schema(described.get("schema", True), f"{location}: schema")
        self._content(described, location)
        return described

    def _content(self, holder: Schema, location: str) -> None:
        """Look at what a request, an answer or a parameter holds.

        Args:
            holder: All that is said of it.
            location: Where it stands.
        """
        for media_type, media in _entries(holder, "content", f"{location}: content"):
            nested = f"{location}: {media_type}"
            schema = _expect(media, dict, nested).get("schema", True)
            self._schema(schema, f"{nested}: schema")

    def _security(self, holder: Schema, location: str) -> None:
        """Look at security requirements.

        Args:
            holder: The document or an operation.
            location: Where they stand.
        """
        for requirement in _expect(holder.get("security", []), list, location):
            for name, scopes in _expect(requirement, dict, location).items():
                for scope in _expect(scopes, list, f"{location}: {name}"):
                    _expect(scope, str, f"{location}: {name}")

    def _dereference(self, written: object, location: str) -> Schema:
        """Follow the references of what is no schema.

        Args:
            written: The value.
            location: Where it stands.

        Returns:
            What it refers to.
        """
        return dereference(self._document, _expect(written, dict, location))

    def _schema(self, schema: object, location: str) -> None:
        """Look at a schema and all that it refers to.

        Args:
            schema: The schema.
            location: Where it stands.
        """
        if isinstance(schema, bool) or id(schema) in self._schemas:
            return
        found = _expect(schema, dict, location)
        self._schemas[id(schema)] = found
        if "$ref" in found:
            reference = _expect(found["$ref"], str, f"{location}: $ref")
            self._schema(find_reference(self._document, reference), reference)
        _inspect_keywords(found, location)
        for key in (*ALTERNATIVES, "allOf"):
            for part in _expect(found.get(key, []), list, f"{location}: {key}"):
                self._schema(part, f"{location}: {key}")
        for key in ("items", "additionalProperties"):
            self._schema(found.get(key, True), f"{location}: {key}")
        for name, it in _entries(found, "properties", f"{location}: properties"):
            self._schema(it, f"{location}: {_expect(name, str, location)}")


def _inspect_keywords(schema: Schema, location: str) -> None:
    """Look at the keywords of a schema that hold no schemas.

    Args:
        schema: The schema.
        location: Where it stands.

    Raises:
        UnreadableError: If one holds something else.
    """
    types = schema.get("type", [])
    if not isinstance(types, str):
        for each in _expect(types, list, f"{location}: type"):
            _expect(each, str, f"{location}: type")
    _expect(schema.get("enum", []), list, f"{location}: enum")
    for name in _expect(schema.get("required", []), list, f"{location}: required"):
        _expect(name, str, f"{location}: required")
    for key in LIMITS:
        if not isinstance(limit := schema.get(key, 0), int | float):
            raise _fault(limit, "a number", f"{location}: {key}")


def _entries(holder: Schema, key: str, location: str) -> Iterator[tuple[Any, Any]]:
    """List the entries of a mapping in a mapping.

    Args:
        holder: The outer mapping.
        key: The key of the inner one, which may be missing.
        location: Where the inner one stands.

    Yields:
        Its keys and values.
    """
    yield from _expect(holder.get(key, {}), dict, location).items()


def _expect[Expected: dict[Any, Any] | list[Any] | str](
    value: object, expected: type[Expected], location: str
) -> Expected:
    """Expect a value of a type.

    Args:
        value: The value.
        expected: The type.
        location: Where it stands.

    Raises:
        UnreadableError: If it has another.

    Returns:
        The value.
    """
    if isinstance(value, expected):
        return value
    raise _fault(value, NAMES[expected], location)


def _fault(value: object, expected: str, location: str) -> UnreadableError:
    """Say that something else was expected.

    Args:
        value: What is there.
        expected: What was expected.
        location: Where.

    Returns:
        The error.
    """
    shown = "nothing" if value is None else format_value(value)[:LONGEST]
    return UnreadableError(escape(f"{location} holds {shown} instead of {expected}"))
