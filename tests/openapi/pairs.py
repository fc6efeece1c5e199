"""Documents of one operation that differ in one place."""

from typing import TYPE_CHECKING, Final

from django_strict.openapi.comparison import breaking_changes

if TYPE_CHECKING:
    from tests.openapi.history import Document

NAME: Final = "POST /"


def document(described: "Document", components: "Document | None" = None) -> "Document":
    """Write a document.

    Args:
        described: All that is said of the operation.
        components: What it may refer to.

    Returns:
        The document.
    """
    return {"paths": {"/": {"post": described}}, "components": components or {}}


def reference(name: str) -> "Document":
    """Refer to a schema.

    Args:
        name: Its name.

    Returns:
        The reference.
    """
    return {"$ref": f"#/components/schemas/{name}"}


def with_request(schema: object, named: "Document | None" = None) -> "Document":
    """Write a document of an operation that is sent something.

    Args:
        schema: What is sent.
        named: Schemas that it refers to.

    Returns:
        The document.
    """
    body = {"content": {"application/json": {"schema": schema}}}
    return document({"requestBody": body}, {"schemas": named or {}})


def with_answer(schema: object, named: "Document | None" = None) -> "Document":
    """Write a document of an operation that answers something.

    Args:
        schema: What is answered.
        named: Schemas that it refers to.

    Returns:
        The document.
    """
    answer = {"content": {"application/json": {"schema": schema}}}
    return document({"responses": {"200": answer}}, {"schemas": named or {}})


def changes(old: "Document", new: "Document") -> list[str]:
    """Compare two documents.

    Args:
        old: What clients know.
        new: What the code makes now.

    Returns:
        The sentences, without the operation and the word for what it is sent or answers.
    """
    found = (change.removeprefix(f"{NAME}: ") for change in breaking_changes(old, new))
    return [
        change.removeprefix("request").removeprefix("answer 200").removeprefix(": ")
        for change in found
    ]
