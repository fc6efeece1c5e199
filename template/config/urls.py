"""Every URL of the project."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from apps.core.healthcheck import health, live
from apps.core.schema import SchemaView, SwaggerView

urlpatterns = [
    path("api/health/", health, name="health"),
    path("api/health/live/", live, name="health-live"),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", SwaggerView.as_view(), name="docs"),
    path("api/v1/", include("apps.users.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
]

handler400 = "apps.core.exceptions.bad_request"
handler403 = "apps.core.exceptions.permission_denied"
handler404 = "apps.core.exceptions.not_found"
handler500 = "apps.core.exceptions.server_error"
