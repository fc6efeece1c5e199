"""Documents that differ in one place."""

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from django_strict.openapi.comparison import breaking_changes

if TYPE_CHECKING:
    from collections.abc import Mapping

type Document = dict[str, Any]

LIST: Final = "/api/v1/orders/"
ONE: Final = "/api/v1/orders/{order_id}/"
GONE: Final = "GONE"
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


def cases(file: str, group: str) -> list[Document]:
    """Read what a test is repeated for.

    Args:
        file: A YAML file beside this one.
        group: A key in it.

    Returns:
        The cases; LIST and ONE stand for the paths of the document.
    """
    text = Path(__file__).with_name(file).read_text()
    found: list[Document] = yaml.safe_load(text)[group]
    for case in found:
        for key in case.keys() & {"change", "fault"}:
            case[key] = case[key].replace("LIST", LIST).replace("ONE", ONE)
    return found


def patched(
    patch: "Mapping[str, Mapping[Any, Any]]", document: Document = DOCUMENT
) -> Document:
    """Change a copy of a document.

    Args:
        patch: By place, the new values of keys: ``GONE`` removes one, ``+`` appends to a
            list. A place is a path of keys that begins at LIST, ONE, a schema or the top.
        document: The document.

    Returns:
        The copy.
    """
    made = copy.deepcopy(document)
    for place, values in patch.items():
        found: Any = {
            ".": made,
            **made,
            **made["components"]["schemas"],
            "LIST": made["paths"].get(LIST),
            "ONE": made["paths"].get(ONE),
        }
        for key in place.split():
            found = found[int(key) if isinstance(found, list) else key]
        for key, value in values.items():
            if key == "+":
                found.append(value)
            elif value == GONE:
                found.pop(int(key) if isinstance(found, list) else key)
            else:
                found[int(key) if isinstance(found, list) else key] = value
    return made


WITHOUT_POST: Final = patched({"LIST": {"post": GONE}})
MORE: Final[Document] = {"paths": {"/api/v1/more/": {"get": {"responses": {}}}}}


def document(operation: Document, components: Document | None = None) -> Document:
    """Write a document of one operation.

    Args:
        operation: All that is said of it.
        components: What it may refer to.

    Returns:
        The document.
    """
    return {"paths": {"/": {"post": operation}}, "components": components or {}}


def with_schema(side: str, schema: object, named: Document) -> Document:
    """Write a document of one operation that is sent or answers something.

    Args:
        side: ``request`` or ``answer``.
        schema: What it is.
        named: Schemas that it refers to.

    Returns:
        The document.
    """
    body = {"content": {"application/json": {"schema": schema}}}
    is_request = side == "request"
    operation = {"requestBody": body} if is_request else {"responses": {"200": body}}
    return document(operation, {"schemas": named})


def changes(old: Document, new: Document) -> list[str]:
    """Compare two documents of one operation.

    Args:
        old: What clients know.
        new: What the code makes now.

    Returns:
        The sentences, without the operation and the word for what it is sent or answers.
    """
    found = breaking_changes(old, new)
    for prefix in ("POST /: ", "request", "answer 200", ": "):
        found = [change.removeprefix(prefix) for change in found]
    return found
