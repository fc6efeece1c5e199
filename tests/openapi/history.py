"""A project whose document changes from commit to commit."""

import copy
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.helpers.repository import git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

type Document = dict[str, Any]

DOCUMENT: Final[Document] = yaml.safe_load("""
openapi: 3.0.3
info: {title: Shop, version: 1.4.0}
paths:
  /api/v1/orders/:
    get:
      operationId: orders_list
      parameters:
        - {in: query, name: search, schema: {type: string, maxLength: 50}}
        - {in: query, name: order, schema: {type: string, enum: [day, size]}}
      security: [{token: []}, {cookie: []}]
      responses:
        "200":
          description: Orders
          headers: {X-Count: {schema: {type: integer}}}
          content:
            application/json: {schema: {$ref: "#/components/schemas/Page"}}
        "429": {description: Too many}
    post:
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/NewOrder"}}
      security: [{token: []}]
      responses:
        "201":
          description: Created
          content:
            application/json: {schema: {$ref: "#/components/schemas/Order"}}
  /api/v1/orders/{order_id}/:
    parameters:
      - {in: path, name: order_id, required: true, schema: {type: integer}}
    get:
      security: [{}]
      responses:
        "200":
          description: An order
          content:
            application/json: {schema: {$ref: "#/components/schemas/Order"}}
components:
  schemas:
    Page:
      type: object
      required: [results]
      properties:
        results: {type: array, items: {$ref: "#/components/schemas/Order"}}
        next: {type: string, format: uri, nullable: true}
    Order:
      type: object
      required: [id, state]
      properties:
        id: {type: integer}
        state: {allOf: [{$ref: "#/components/schemas/State"}]}
        made_at: {type: string, format: date-time}
        note: {type: string}
        mark: {oneOf: [{$ref: "#/components/schemas/State"}, {type: integer}]}
        parts: {type: array, items: {$ref: "#/components/schemas/Order"}}
        labels: {type: object, additionalProperties: {type: string}}
    NewOrder:
      type: object
      required: [title]
      properties:
        title: {type: string, maxLength: 120}
        amount: {type: integer, minimum: 1}
        state: {$ref: "#/components/schemas/State"}
        price: {type: number}
        note: {type: string, nullable: true}
        mark: {oneOf: [{$ref: "#/components/schemas/State"}, {type: integer}]}
    State:
      type: string
      enum: [open, done]
""")


def edited(
    change: "Callable[[Any], object]", document: Document = DOCUMENT
) -> Document:
    """Change a copy of a document.

    Args:
        change: What to do with the copy.
        document: The document.

    Returns:
        The copy.
    """
    made = copy.deepcopy(document)
    change(made)
    return made


@dataclass(frozen=True)
class History:
    """The project.

    Attributes:
        folder: Where it lies.
    """

    folder: "Path"

    def write(self, document: Document) -> None:
        """Write the document.

        Args:
            document: Its content.
        """
        text = yaml.safe_dump(document, sort_keys=False)
        (self.folder / "openapi.yaml").write_text(text)

    def decide(self, *lines: str) -> None:
        """Write what is meant to break.

        Args:
            *lines: Lines of the file.
        """
        text = "\n".join(("# Decided", "", *lines, ""))
        (self.folder / "docs" / "api-changes.md").write_text(text)

    def commit(self, document: Document = DOCUMENT) -> None:
        """Write and commit the document.

        Args:
            document: Its content.
        """
        self.write(document)
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--allow-empty", "--message=Change")

    def compare(self, *options: str, **variables: str) -> tuple[int, str]:
        """Run the comparison.

        Args:
            *options: Its options.
            **variables: Variables of its environment.

        Returns:
            Exit status, and what it printed.
        """
        foreign = {"API_BASE", "PRE_COMMIT_FROM_REF"}
        inherited = {
            name: value for name, value in os.environ.items() if name not in foreign
        }
        done = subprocess.run(
            [sys.executable, "-m", "django_strict.openapi", "compare", *options],
            cwd=self.folder,
            env={**inherited, "PYTHONDONTWRITEBYTECODE": "1", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout
