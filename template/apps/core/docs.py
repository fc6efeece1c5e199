"""The OpenAPI document and its page."""

from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

# Swagger UI sets inline styles and shows images from data URLs; scripts come from this
# server alone.
SWAGGER_CSP: dict[str, Any] = {
    "default-src": ["'self'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}


class SchemaView(SpectacularAPIView):
    """The API's OpenAPI 3 document."""

    permission_classes = (AllowAny,)
    authentication_classes = ()


@method_decorator(csp_override(SWAGGER_CSP), name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    """Swagger UI with self-hosted assets."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
