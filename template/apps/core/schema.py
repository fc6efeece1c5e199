"""The OpenAPI document and its page."""

import re
from http import HTTPMethod, HTTPStatus
from typing import TYPE_CHECKING, Any, Final, override

from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView

from apps.core.throttling import StandardThrottle

if TYPE_CHECKING:
    from drf_spectacular.generators import SchemaGenerator
    from rest_framework.response import Response

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
METHODS: Final = frozenset(method.lower() for method in HTTPMethod)
# PostgreSQL cannot store a NUL, so text from clients holds none.
WITHOUT_NUL: Final = r"^[^\u0000]*$"
EXCLUDES_NUL: Final = frozenset({"enum", "format", "pattern"})
# A docstring's sections are for developers; clients read what stands before them.
SECTION: Final = re.compile(
    r"\n\s*(Args|Returns|Raises|Yields|Attributes):\s*\n.*", re.S
)


def complete_document(
    result: dict[str, Any], generator: "SchemaGenerator", **kwargs: object
) -> dict[str, Any]:
    """Add error answers and what text may hold, and cut docstring sections off.

    Args:
        result: The OpenAPI document.
        generator: The generator, as drf-spectacular passes it.
        **kwargs: The request and whether the document is public.

    Returns:
        The document.
    """
    del generator, kwargs
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    responses = result["components"].setdefault("responses", {})
    operations = [
        (path, operation)
        for path, item in result.get("paths", {}).items()
        for method, operation in item.items()
        if method in METHODS
    ]
    for path, operation in operations:
        _add_errors(path, operation, responses)
    for schema in _sent_by_clients([operation for _, operation in operations], schemas):
        if schema.get("type") == "string" and not EXCLUDES_NUL & schema.keys():
            schema["pattern"] = WITHOUT_NUL
    for described in (*(operation for _, operation in operations), *schemas.values()):
        if "description" in described:
            described["description"] = SECTION.sub("", described["description"]).strip()
    schemas[ERROR_COMPONENT] = ERROR_SCHEMA
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result


def _sent_by_clients(
    operations: list[dict[str, Any]], schemas: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """List the values of queries and bodies.

    Args:
        operations: Descriptions of all operations.
        schemas: Descriptions of all bodies and answers.

    Returns:
        Description of each value.
    """
    parameters = [each for one in operations for each in one.get("parameters", [])]
    # The suffix of drf-spectacular's COMPONENT_SPLIT_REQUEST.
    bodies = [body for name, body in schemas.items() if name.endswith("Request")]
    return [
        *(each["schema"] for each in parameters if each["in"] == "query"),
        *(value for body in bodies for value in body.get("properties", {}).values()),
    ]


def _add_errors(path: str, operation: dict[str, Any], shared: dict[str, Any]) -> None:
    """Add the errors that an operation may answer.

    Args:
        path: Its path.
        operation: Its description.
        shared: Answers that operations refer to.
    """
    statuses = [*COMMON]
    # drf-spectacular writes an empty requirement for operations without credentials.
    if any(operation.get("security", [])):
        statuses += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    if "{" in path or {"page", "token"} & names:
        statuses.append(HTTPStatus.NOT_FOUND)
    if "requestBody" in operation:
        statuses += [HTTPStatus.CONFLICT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE]
    for status in statuses:
        shared[status.name] = {
            "description": status.phrase,
            "content": {"application/json": {"schema": ERROR_REFERENCE}},
        }
        reference = {"$ref": f"#/components/responses/{status.name}"}
        operation["responses"].setdefault(str(status.value), reference)
    operation["responses"] = dict(sorted(operation["responses"].items()))


# Swagger UI sets inline styles and shows images from data URLs; scripts come from this
# server alone.
SWAGGER_CSP: Final[dict[str, Any]] = {
    "default-src": ["'self'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}


class JSONErrorsMixin(APIView):
    """Answers errors in JSON where the page itself is YAML or HTML."""

    @override
    def handle_exception(self, exc: Exception) -> "Response":
        """Answer an exception.

        Args:
            exc: The exception.

        Returns:
            The answer, as any other view of the API would give it.
        """
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return super().handle_exception(exc)


class SchemaView(JSONErrorsMixin, SpectacularAPIView):
    """The API's OpenAPI 3 document."""

    permission_classes = (AllowAny,)
    throttle_classes = (StandardThrottle,)
    authentication_classes = ()


@method_decorator(csp_override(SWAGGER_CSP), name="dispatch")
class SwaggerView(JSONErrorsMixin, SpectacularSwaggerSplitView):
    """Swagger UI with self-hosted assets."""

    permission_classes = (AllowAny,)
    throttle_classes = (StandardThrottle,)
    authentication_classes = ()
