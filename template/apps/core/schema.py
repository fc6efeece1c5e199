"""The OpenAPI document and its page."""

import json
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from django_strict_asgi.openapi import (
    ERROR_REFERENCE,
    CompleteDocument,
    DocumentMixin,
    JSONErrorsMixin,
    described,
)
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from apps.core.domain import ConflictError
from apps.core.exceptions import (
    RequestTooLargeError,
    ServiceUnavailableError,
    csrf_failure,
)
from apps.core.throttling import StandardThrottle

# For views that check the CSRF token of a browser without a session.
CSRF_HEADER: Final = OpenApiParameter(
    "X-CSRFToken",
    location=OpenApiParameter.HEADER,
    required=True,
    description="The token that came with the csrftoken cookie.",
    examples=[OpenApiExample("csrf_token", settings.API_EXAMPLES["csrf_token"])],
)
CSRF_REFUSAL: Final = OpenApiResponse(
    ERROR_REFERENCE,
    description="The CSRF token or its cookie is missing or wrong.",
    examples=[
        OpenApiExample("csrf_failed", json.loads(csrf_failure(HttpRequest()).content))
    ],
)
# Errors that any operation may answer and DRF does not know; nginx refuses what is too
# long or too slow.
complete_document: Final = CompleteDocument(
    errors=(
        described(RequestTooLargeError()),
        described(ServiceUnavailableError()),
        (408, "request_timeout", "The request took too long to arrive."),
        (409, ConflictError.code, ConflictError.message),
        (414, "uri_too_long", "The request line is longer than 8190 bytes."),
        (431, "headers_too_large", "The request headers are too large."),
        (500, "error", "Server Error (500)"),
    ),
    examples=settings.API_EXAMPLES,
)


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


class SchemaView(DocumentMixin, SpectacularAPIView):
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
