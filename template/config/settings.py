"""Django settings: the typed environment mapped to Django's names.

Values that differ between machines live in ``config/env.py``; this file decides
everything else, once, for all environments.
"""

from datetime import timedelta
from typing import Any

from config.databases import caches, databases, mailers, storages
from config.env import BASE_DIR, HASHES_AT_ONCE, PROJECT, load
from config.logs import logging_config
from config.openapi import EXAMPLES, openapi

env = load()

# --- Core ---------------------------------------------------------------------------
SECRET_KEY = env.django_secret_key.get_secret_value()
SECRET_KEY_FALLBACKS = env.secret_key_fallbacks
DEBUG = env.django_debug
# Outside local there are some, or the project does not start.
ALLOWED_HOSTS = list(env.django_allowed_hosts) or ["localhost", "127.0.0.1", "[::1]"]
# Where mails lead to the API; in local that is wherever the request came in.
PUBLIC_ORIGIN = "" if env.is_local else f"https://{ALLOWED_HOSTS[0]}"
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
# A thread has a database connection, and one is left for the health check: a busy worker
# is not taken for an ill one. A request waits no longer than this for a thread, nor for
# its connection, before it is answered 503.
REQUEST_THREADS = max(1, env.pool_max_size - 1)
REQUEST_PATIENCE = env.database_pool_timeout
# Seconds that a sync view may take before the answer is 503: a PostgreSQL that hangs
# does not even end its statements. Less than nginx waits, which is a minute.
REQUEST_TIMEOUT = min(55, 2 * (env.database_statement_timeout or 20))
ADMIN_PATH = env.django_admin_path
TIME_ZONE = PROJECT.time_zone
# One more, as ("de", "Deutsch"), and clients choose by Accept-Language (README.md).
LANGUAGES = [("en", "English")]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "procrastinate.contrib.django",
    "apps.core",
    "apps.users",
    "django_strict_asgi",
]

MIDDLEWARE = [
    # First, so that every later line of the request's log carries its id.
    "apps.core.middleware.request_id_middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    # Above all that answers. The library's app has only checks that env.py makes stricter.
    *(["corsheaders.middleware.CorsMiddleware"] if env.django_cors_origins else []),
    "django_strict_asgi.bodies.utf8_middleware",  # before anything decodes a body
    "django.contrib.sessions.middleware.SessionMiddleware",
    *(["django.middleware.locale.LocaleMiddleware"] if len(LANGUAGES) > 1 else []),
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Data ---------------------------------------------------------------------------
DATABASES = databases(env)
CACHES = caches(env)
# A dead Redis costs a cache miss, never a request; the cause goes to the log.
DJANGO_REDIS_IGNORE_EXCEPTIONS = True
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
SESSION_ENGINE = "apps.users.sessions"
SESSION_CACHE_ALIAS = "sessions"

# --- Accounts -----------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["apps.users.backends.Backend"]
PASSWORD_HASHERS = [
    "django_strict_asgi.hashers.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_HASHES_AT_ONCE = HASHES_AT_ONCE
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "full_name")},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
    {"NAME": "apps.users.audit.PasswordLine"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds that a mailed link works
PASSWORD_RESET_URL = env.password_reset_url
EMAIL_CONFIRMATION_REQUIRED = env.confirms_email
EMAIL_CONFIRMATION_URL = env.email_confirmation_url
TOKEN_LIFETIME = timedelta(days=90)  # of an API token, used or not

# --- Security -----------------------------------------------------------------------
CSRF_TRUSTED_ORIGINS = list(env.django_csrf_trusted_origins)
CSRF_FAILURE_VIEW = "apps.core.exceptions.csrf_failure"
# Pages elsewhere send a token; cookies, which browsers would add unasked, open nothing.
CORS_ALLOWED_ORIGINS = list(env.django_cors_origins)
CORS_URLS_REGEX = r"^/api/"
CORS_EXPOSE_HEADERS = ["Retry-After", "X-Request-ID"]  # as in nginx/templates/
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CSP = {
    "default-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# What is larger is not parsed, uploaded files apart. No body at all is larger than the
# second number, which is nginx's too: it refuses before it reads.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
MAX_BODY_SIZE = env.max_body_mib * 1024 * 1024
if not env.is_local:
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = True  # Behind Nginx with SSL termination
    # Probes inside the network speak plain HTTP and must not be answered with 301.
    SECURE_REDIRECT_EXEMPT = [r"^api/health/"]
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- API ----------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.pagination.StandardPagination",
    "PAGE_SIZE": 20,
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"anon": "100/hour", "user": "1000/hour"},
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.exceptions.custom_exception_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    # Not in the baseline: the API speaks JSON only, in both directions, and counts
    # proxies, since a forged X-Forwarded-For would walk around every throttle.
    "DEFAULT_PARSER_CLASSES": ["django_strict_asgi.serializers.StrictJSONParser"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "NUM_PROXIES": env.num_proxies,
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "apps.core.exceptions.ExceptionHandler",
    # Debug pages are HTML; an API answers JSON on a developer's machine too.
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
SPECTACULAR_SETTINGS = openapi(PROJECT)
API_EXAMPLES = EXAMPLES

# --- Mail, background work, files, logs ---------------------------------------------
MAILERS = mailers(env)
DEFAULT_FROM_EMAIL = env.default_from_email
_QUEUE = {"REQUEST_ID": "apps.core.middleware.request_id"}
TASKS = {"default": {"BACKEND": "django_strict_asgi.queue.Backend", "OPTIONS": _QUEUE}}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_ROOT = env.media_root
STORAGES = storages(env)
LOGGING = logging_config(level=env.log_level, log_format=env.log_format)
