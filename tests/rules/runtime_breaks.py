"""Breaking the rules that Django's system checks enforce."""

from typing import TYPE_CHECKING, Final

from tests.rules.breaks import edit, new

if TYPE_CHECKING:
    from tests.rules.breaks import Break

SETTINGS: Final = "config/settings.py"
URLS: Final = "config/urls.py"
GUNICORN: Final = "config/gunicorn.conf.py"

RUNTIME_BREAKS: Final[list["Break"]] = [
    new(
        "DS013", "an app nobody installed", "apps/orders/__init__.py", '"""Orders."""\n'
    ),
    edit("DS014", "Django's own user", SETTINGS, '"users.User"', '"auth.User"'),
    edit("DS057", "HSTS", SETTINGS, "SECONDS = 31536000", "SECONDS = 60"),
    edit(
        "DS057",
        "cookies",
        SETTINGS,
        "SESSION_COOKIE_SECURE = True",
        "SESSION_COOKIE_SECURE = False",
    ),
    edit(
        "DS057",
        "a middleware",
        SETTINGS,
        '    "django.middleware.csrf.CsrfViewMiddleware",\n',
        "",
    ),
    edit(
        "DS057",
        "frames",
        SETTINGS,
        'X_FRAME_OPTIONS = "DENY"',
        'X_FRAME_OPTIONS = "SAMEORIGIN"',
    ),
    edit(
        "DS059",
        "a view whose permissions are computed away",
        URLS,
        "urlpatterns = [\n",
        "from rest_framework.views import APIView\n\nNOBODY = set()\n"
        "OPEN = {name: [*NOBODY] for name in ("
        "'permission_classes', 'authentication_classes')}\n"
        'urlpatterns = [\n    path("api/raw/", APIView.as_view(**OPEN)),\n',
    ),
    edit(
        "DS059",
        "a view of a package",
        URLS,
        "urlpatterns = [\n",
        "from drf_spectacular.views import SpectacularAPIView as V\n\n"
        'urlpatterns = [\n    path("api/raw/", V.as_view()),\n',
    ),
    edit(
        "DS059",
        "a function with the defaults",
        URLS,
        "urlpatterns = [\n",
        "from rest_framework.decorators import api_view\n\n"
        'urlpatterns = [\n    path("api/f/", api_view(["GET"])(lambda request: None)),\n',
    ),
    edit(
        "DS059",
        "a subclass that inherits",
        URLS,
        "urlpatterns = [\n",
        "from apps.users.views import MeView\n\n"
        'urlpatterns = [\n    path("api/m/", type("V", (MeView,), {}).as_view()),\n',
    ),
    edit(
        "DS062",
        "no throttles",
        SETTINGS,
        '"DEFAULT_THROTTLE_CLASSES": [',
        '"THROTTLES": [',
    ),
    edit(
        "DS068",
        "wsgi alone",
        SETTINGS,
        'ASGI_APPLICATION = "config.asgi.application"',
        "ASGI_APPLICATION = None",
    ),
    edit("DS069", "the timeout", GUNICORN, "\ntimeout = 120", "\ntimeout = 3600"),
    edit(
        "DS069",
        "the worker",
        GUNICORN,
        '"django_strict_asgi.worker.Worker"',
        '"gunicorn.workers.sync.SyncWorker"',
    ),
    edit("DS069", "the port", GUNICORN, "0.0.0.0:8000", "0.0.0.0:80"),
    edit(
        "DS071",
        "a middleware that is async alone",
        "apps/core/middleware.py",
        "around_requests(_begin, _finish, _end)\n",
        "around_requests(_begin, _finish, _end)\n"
        "request_id_middleware.sync_capable = False  # type: ignore[attr-defined]\n",
    ),
    edit(
        "DS075",
        "Django's own page",
        URLS,
        'handler404 = "apps.core.exceptions.not_found"\n',
        "",
    ),
    edit(
        "DS075",
        "another handler",
        SETTINGS,
        '"apps.core.exceptions.custom_exception_handler"',
        '"rest_framework.views.exception_handler"',
    ),
    edit(
        "DS076",
        "another form",
        "apps/core/exceptions.py",
        "    return exception_handler(exc, context)\n",
        "    response = exception_handler(exc, context)\n"
        "    if response is not None:\n"
        '        response.data = {"message": "wrong"}\n'
        "    return response\n",
    ),
    edit(
        "DS080",
        "another formatter",
        "config/logs.py",
        '"formatter": log_format',
        '"formatter": "console"',
    ),
    edit(
        "DS081",
        "a loud production",
        "config/env.py",
        '"production": "WARNING"',
        '"production": "DEBUG"',
    ),
    edit(
        "DS085",
        "another path",
        URLS,
        'path("api/health/", health',
        'path("health/", health',
    ),
    edit(
        "DS085",
        "a synchronous view",
        "apps/core/healthcheck.py",
        "@never_cache\nasync def health",
        "@async_to_sync\n@never_cache\nasync def health",
    ),
    edit(
        "DS115",
        "a page size that is not set",
        "pyproject.toml",
        "[tool.ruff]\n",
        '[tool.strict.page-size]\nvalue = 10\nreason = "Small."\n\n[tool.ruff]\n',
    ),
    edit("DS105", "the page size", SETTINGS, '"PAGE_SIZE": 20', '"PAGE_SIZE": 1000'),
    edit(
        "DS105",
        "the permissions",
        SETTINGS,
        "permissions.IsAuthenticated",
        "permissions.AllowAny",
    ),
]
# Names that an edit uses and its file does not import.
IMPORTS: Final = {
    "async_only_middleware": "from django.utils.decorators import async_only_middleware",
    "async_to_sync": "from asgiref.sync import async_to_sync",
}
