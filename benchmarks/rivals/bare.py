"""Django under ASGI with nothing in between: no middleware, one JSON view."""

import django
from django.conf import settings

settings.configure(ALLOWED_HOSTS=["*"], MIDDLEWARE=[], ROOT_URLCONF=__name__)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402


async def health(request: HttpRequest) -> JsonResponse:
    """Answer as the project's health check does."""
    del request
    return JsonResponse({"status": "healthy", "db": "ok", "cache": "ok"})


urlpatterns = [path("health/", health)]
application = get_asgi_application()
