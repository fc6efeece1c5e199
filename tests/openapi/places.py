"""Places in the document that changes from commit to commit."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.openapi.history import Document

LIST: Final = "/api/v1/orders/"
ONE: Final = "/api/v1/orders/{order_id}/"


def schema(document: "Document", name: str) -> "Document":
    """Find a schema by its name.

    Args:
        document: The document.
        name: Its name.

    Returns:
        The schema.
    """
    found: Document = document["components"]["schemas"][name]
    return found


def field(document: "Document", name: str, key: str) -> "Document":
    """Find a property of a schema.

    Args:
        document: The document.
        name: Name of the schema.
        key: Name of the property.

    Returns:
        Its schema.
    """
    found: Document = schema(document, name)["properties"][key]
    return found


def get(document: "Document") -> "Document":
    """Find the operation that lists.

    Args:
        document: The document.

    Returns:
        The operation.
    """
    found: Document = document["paths"][LIST]["get"]
    return found


def post(document: "Document") -> "Document":
    """Find the operation that creates.

    Args:
        document: The document.

    Returns:
        The operation.
    """
    found: Document = document["paths"][LIST]["post"]
    return found


def without_post(document: "Document") -> None:
    """Take an operation away.

    Args:
        document: The document.
    """
    document["paths"][LIST].pop("post")
