"""Whether a document has the shape of one: people edit it, and merges tear it.

Only what a comparison reads is looked at. drf-spectacular validates what the code makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django_strict.contract.alternatives import ALTERNATIVES, choice
from django_strict.contract.document import UnreadableError
from django_strict.contract.limits import LIMITS
from django_strict.contract.operations import METHODS
from django_strict.contract.references import followed, target
from django_strict.contract.wording import one_line, word

if TYPE_CHECKING:
    from django_strict.contract.references import Schema

PARTS: Final = (*ALTERNATIVES, "allOf")
LONGEST: Final = 40  # characters of a value that is shown


def inspect(document: Schema) -> None:
    """Look for what no document of an API holds.

    Args:
        document: The document.

    Raises:
        UnreadableError: If something is found; it says what, and where.
    """
    inspection = _Inspection(document)
    try:
        inspection.document_itself()
        for schema in inspection.schemas:
            choice(document, schema)
    except RecursionError as error:
        message = "a schema consists of itself"
        raise UnreadableError(message) from error


class _Inspection:
    """A walk through a document.

    Attributes:
        schemas: The schemas that were found.
    """

    def __init__(self, document: Schema) -> None:
        """Begin.

        Args:
            document: The document.
        """
        self.schemas: list[Schema] = []
        self._document = document
        self._seen: set[int] = set()

    def document_itself(self) -> None:
        """Look at all that is compared."""
        _mapping(self._document.get("info", {}), "info")
        components = _mapping(self._document.get("components", {}), "components")
        place = "components: securitySchemes"
        for name, scheme in _mapping(
            components.get("securitySchemes", {}), place
        ).items():
            self._followed(scheme, f"{place}: {name}")
        self._security(self._document, "security")
        for path, written in _mapping(self._document.get("paths"), "paths").items():
            item = self._followed(written, _text(path, "paths"))
            self._parameters(item, path)
            for method in METHODS:
                if method in item:
                    name = f"{method.upper()} {path}"
                    self._operation(_mapping(item[method], name), name)

    def _operation(self, operation: Schema, name: str) -> None:
        """Look at an operation.

        Args:
            operation: All that is said of it.
            name: What it is called.
        """
        self._security(operation, f"{name}: security")
        self._parameters(operation, name)
        place = f"{name}: request"
        self._content(self._followed(operation.get("requestBody", {}), place), place)
        answers = _mapping(operation.get("responses", {}), f"{name}: responses")
        for status, written in answers.items():
            place = f"{name}: answer {status}"
            answer = self._followed(written, place)
            self._content(answer, place)
            headers = _mapping(answer.get("headers", {}), f"{place}: headers")
            for header, described in headers.items():
                self._value(described, f"{place}: header {_text(header, place)}")

    def _parameters(self, holder: Schema, place: str) -> None:
        """Look at the parameters of a path or an operation.

        Args:
            holder: All that is said of it.
            place: Where it stands.
        """
        for written in _listing(holder.get("parameters", []), f"{place}: parameters"):
            parameter = self._value(written, f"{place}: a parameter")
            for key in ("in", "name"):
                _text(parameter.get(key), f"{place}: {key} of a parameter")

    def _value(self, written: object, place: str) -> Schema:
        """Look at a parameter or a header.

        Args:
            written: All that is said of it.
            place: Where it stands.

        Returns:
            The same without references.
        """
        described = self._followed(written, place)
        self._schema(described.get("schema", True), f"{place}: schema")
        self._content(described, place)
        return described

    def _content(self, holder: Schema, place: str) -> None:
        """Look at what a request, an answer or a parameter holds.

        Args:
            holder: All that is said of it.
            place: Where it stands.
        """
        content = _mapping(holder.get("content", {}), f"{place}: content")
        for kind, media in content.items():
            described = _mapping(media, f"{place}: {kind}")
            self._schema(described.get("schema", True), f"{place}: {kind}: schema")

    def _security(self, holder: Schema, place: str) -> None:
        """Look at the credentials that are wanted.

        Args:
            holder: What may want them.
            place: Where they stand.
        """
        for entry in _listing(holder.get("security", []), place):
            for name, scopes in _mapping(entry, place).items():
                for scope in _listing(scopes, f"{place}: {name}"):
                    _text(scope, f"{place}: {name}")

    def _followed(self, written: object, place: str) -> Schema:
        """Follow the references of what is no schema.

        Args:
            written: The value.
            place: Where it stands.

        Returns:
            What it refers to.
        """
        return followed(self._document, _mapping(written, place))

    def _schema(self, schema: object, place: str) -> None:
        """Look at a schema and all that it refers to.

        Args:
            schema: The schema.
            place: Where it stands.
        """
        if isinstance(schema, bool) or id(schema) in self._seen:
            return
        found = _mapping(schema, place)
        self._seen.add(id(schema))
        self.schemas.append(found)
        if "$ref" in found:
            reference = _text(found["$ref"], f"{place}: $ref")
            self._schema(target(self._document, reference), reference)
        _rules(found, place)
        for key in PARTS:
            for part in _listing(found.get(key, []), f"{place}: {key}"):
                self._schema(part, f"{place}: {key}")
        for key in ("items", "additionalProperties"):
            self._schema(found.get(key, True), f"{place}: {key}")
        properties = _mapping(found.get("properties", {}), f"{place}: properties")
        for name, described in properties.items():
            self._schema(described, f"{place}: {_text(name, place)}")


def _rules(schema: Schema, place: str) -> None:
    """Look at the rules of a schema.

    Args:
        schema: The schema.
        place: Where it stands.

    Raises:
        UnreadableError: If a rule is none.
    """
    named = schema.get("type", [])
    for kind in (
        [named] if isinstance(named, str) else _listing(named, f"{place}: type")
    ):
        _text(kind, f"{place}: type")
    _listing(schema.get("enum", []), f"{place}: enum")
    for name in _listing(schema.get("required", []), f"{place}: required"):
        _text(name, f"{place}: required")
    for key in LIMITS:
        limit = schema.get(key, 0)
        if not isinstance(limit, int | float):
            message = _fault(f"{place}: {key}", limit, "a number")
            raise UnreadableError(message)


def _mapping(value: object, place: str) -> Schema:
    """Expect a mapping.

    Args:
        value: The value.
        place: Where it stands.

    Raises:
        UnreadableError: If it is none.

    Returns:
        The value.
    """
    if isinstance(value, dict):
        return value
    message = _fault(place, value, "a mapping")
    raise UnreadableError(message)


def _listing(value: object, place: str) -> list[Any]:
    """Expect a list.

    Args:
        value: The value.
        place: Where it stands.

    Raises:
        UnreadableError: If it is none.

    Returns:
        The value.
    """
    if isinstance(value, list):
        return value
    message = _fault(place, value, "a list")
    raise UnreadableError(message)


def _text(value: object, place: str) -> str:
    """Expect text.

    Args:
        value: The value.
        place: Where it stands.

    Raises:
        UnreadableError: If it is none.

    Returns:
        The value.
    """
    if isinstance(value, str):
        return value
    message = _fault(place, value, "text")
    raise UnreadableError(message)


def _fault(place: str, value: object, wanted: str) -> str:
    """Say that something else was expected.

    Args:
        place: Where.
        value: What is there.
        wanted: What was expected.

    Returns:
        A sentence, without its end.
    """
    shown = "nothing" if value is None else word(value)[:LONGEST]
    return one_line(f"{place} holds {shown} instead of {wanted}")
