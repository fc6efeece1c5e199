"""The OpenAPI document and its page."""

from typing import TYPE_CHECKING, Any, override

from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView

from apps.core.throttling import StandardThrottle

if TYPE_CHECKING:
    from rest_framework.response import Response

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
