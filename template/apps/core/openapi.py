"""Post-processing of the OpenAPI document: error responses, readable descriptions."""

import re
from http import HTTPMethod, HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

if TYPE_CHECKING:
    from drf_spectacular.generators import SchemaGenerator

ERROR_COMPONENT: Final = "ErrorResponse"
ERROR_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "How every error of this API looks.",
    "required": ["type", "errors"],
    "properties": {
        "type": {
            "type": "string",
            "enum": ["validation_error", "client_error", "server_error"],
        },
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["code", "detail", "attr"],
                "properties": {
                    "code": {"type": "string", "example": "required"},
                    "detail": {"type": "string", "example": "This field is required."},
                    "attr": {"type": "string", "nullable": True, "example": "email"},
                },
            },
        },
    },
}
ERROR_REFERENCE: Final = {"$ref": f"#/components/schemas/{ERROR_COMPONENT}"}
# For views that check the CSRF token of a browser without a session.
CSRF_HEADER: Final = OpenApiParameter(
    "X-CSRFToken",
    location=OpenApiParameter.HEADER,
    required=True,
    description="The token that came with the csrftoken cookie.",
)
CSRF_REFUSAL: Final = OpenApiResponse(
    ERROR_REFERENCE, description="The CSRF token or its cookie is missing or wrong."
)
# Errors that any operation may answer; nginx refuses what is too long or too slow.
COMMON: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_ACCEPTABLE,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
WITH_BODY: Final = (HTTPStatus.CONFLICT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
# drf-spectacular's suffix for what clients send, with COMPONENT_SPLIT_REQUEST.
REQUEST: Final = "Request"
WITHOUT_NUL: Final = r"^[^\u0000]*$"
DECIDES_MORE: Final = frozenset({"enum", "format", "pattern"})
METHODS: Final = frozenset(method.lower() for method in HTTPMethod)
# A docstring's sections are for developers; clients read what stands before them.
SECTION: Final = re.compile(
    r"\n\s*(Args|Returns|Raises|Yields|Attributes):\s*\n.*", re.S
)


def document_errors(
    result: dict[str, Any], generator: "SchemaGenerator", **kwargs: object
) -> dict[str, Any]:
    """Add the error answers that every operation may give.

    Args:
        result: The OpenAPI document.
        generator: The generator, as drf-spectacular passes it.
        **kwargs: The request and whether the document is public.

    Returns:
        The document.
    """
    del generator, kwargs
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas[ERROR_COMPONENT] = ERROR_SCHEMA
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    for path, operation in _operations(result):
        for status in _error_statuses(path, operation):
            operation["responses"].setdefault(
                str(status.value),
                {
                    "description": status.phrase,
                    "content": {"application/json": {"schema": ERROR_REFERENCE}},
                },
            )
        operation["responses"] = dict(sorted(operation["responses"].items()))
    return result


def document_text(
    result: dict[str, Any], generator: "SchemaGenerator", **kwargs: object
) -> dict[str, Any]:
    """Say that text from clients holds no NUL: PostgreSQL cannot store one.

    Args:
        result: The OpenAPI document.
        generator: The generator, as drf-spectacular passes it.
        **kwargs: The request and whether the document is public.

    Returns:
        The document.
    """
    del generator, kwargs
    read = [
        parameter["schema"]
        for _, operation in _operations(result)
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    ]
    for name, schema in result.get("components", {}).get("schemas", {}).items():
        if name.endswith(REQUEST):
            read += schema.get("properties", {}).values()
    for schema in read:
        if schema.get("type") == "string" and not DECIDES_MORE & schema.keys():
            schema["pattern"] = WITHOUT_NUL
    return result


def trim_descriptions(
    result: dict[str, Any], generator: "SchemaGenerator", **kwargs: object
) -> dict[str, Any]:
    """Cut the docstring sections off all descriptions.

    Args:
        result: The OpenAPI document.
        generator: The generator, as drf-spectacular passes it.
        **kwargs: The request and whether the document is public.

    Returns:
        The document.
    """
    del generator, kwargs
    operations = [operation for _, operation in _operations(result)]
    schemas = result.get("components", {}).get("schemas", {}).values()
    for described in (*operations, *schemas):
        if "description" in described:
            described["description"] = SECTION.sub("", described["description"]).strip()
    return result


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Find the operations of a document.

    Args:
        document: The OpenAPI document.

    Returns:
        Each operation with its path.
    """
    return [
        (path, operation)
        for path, item in document.get("paths", {}).items()
        for method, operation in item.items()
        if method in METHODS
    ]


def _error_statuses(path: str, operation: dict[str, Any]) -> list[HTTPStatus]:
    """List the errors that an operation may answer.

    Args:
        path: Its path.
        operation: Its description.

    Returns:
        Status codes.
    """
    statuses = [*COMMON]
    # drf-spectacular writes an empty requirement for operations without credentials.
    if any(operation.get("security", [])):
        statuses += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    if "{" in path or "page" in _parameter_names(operation):
        statuses.append(HTTPStatus.NOT_FOUND)
    if "requestBody" in operation:
        statuses += WITH_BODY
    return statuses


def _parameter_names(operation: dict[str, Any]) -> list[str]:
    """List the names of an operation's parameters.

    Args:
        operation: Its description.

    Returns:
        The names.
    """
    return [parameter["name"] for parameter in operation.get("parameters", [])]
