"""The operations of a document, with what a document says of them elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django_strict.contract.references import Schema, followed

if TYPE_CHECKING:
    from collections.abc import Iterator

type Parameters = dict[tuple[str, str], Schema]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PLACEHOLDER: Final = re.compile(r"\{([^}]*)\}")


class Operation:
    """An operation of a document."""

    def __init__(self, document: Schema, path: str, item: Schema, method: str) -> None:
        """Remember where it stands.

        Args:
            document: The document.
            path: Its path.
            item: All that is said of the path.
            method: Its method.
        """
        self.document, self.path = document, path
        self.name = f"{method.upper()} {path}"
        self.described: Schema = item[method]
        self._shared = item.get("parameters", [])

    def parameters(self) -> Parameters:
        """List its parameters.

        Returns:
            Each by its place and name; those of the path by their position, since their
            names are no part of what clients send.
        """
        positions = PLACEHOLDER.findall(self.path)
        found: Parameters = {}
        for written in (*self._shared, *self.described.get("parameters", [])):
            parameter = followed(self.document, written)
            place, name = parameter["in"], parameter["name"]
            if place == "path" and name in positions:
                name = f"number {positions.index(name) + 1}"
            elif place == "header":
                name = name.lower()
            found[place, name] = parameter
        return found

    def responses(self) -> Schema:
        """List its answers.

        Returns:
            Each by its status.
        """
        return {
            str(status): followed(self.document, response)
            for status, response in self.described.get("responses", {}).items()
        }

    def body(self) -> Schema:
        """Describe the body of its requests.

        Returns:
            The description; empty when there is none.
        """
        return followed(self.document, self.described.get("requestBody", {}))

    def security(self) -> list[dict[str, list[str]]]:
        """List the credentials of which a request needs one.

        Returns:
            Names of schemes that count together, each with its scopes; an empty entry
            for none at all.
        """
        wanted = self.described.get("security", self.document.get("security"))
        return wanted or [{}]


def operations(document: Schema) -> Iterator[tuple[str, dict[str, Operation]]]:
    """List the operations of a document.

    Args:
        document: The document.

    Yields:
        The shape of each path, without the names of its parameters, and its operations
        by their methods.
    """
    for path, written in document["paths"].items():
        item = followed(document, written)
        yield (
            PLACEHOLDER.sub("{}", path),
            {
                method: Operation(document, path, item, method)
                for method in METHODS
                if method in item
            },
        )
