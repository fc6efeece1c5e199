"""What `startproject` and Django REST Framework give: default middleware, same views.

`python plain.py COUNT PASSWORD` fills its database and prints a token.
"""

import os
import sys
from urllib.parse import urlsplit

import django
from django.conf import settings

DATABASE = urlsplit(os.environ["PLAIN_DATABASE_URL"])
settings.configure(
    ALLOWED_HOSTS=["*"],
    AUTH_PASSWORD_VALIDATORS=[],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE.path.strip("/"),
            "USER": DATABASE.username,
            "PASSWORD": DATABASE.password,
            "HOST": DATABASE.hostname,
            "PORT": DATABASE.port,
            # Zero is Django's default. Under ASGI more would leak connections.
            "CONN_MAX_AGE": int(os.environ.get("PLAIN_CONN_MAX_AGE", "0")),
        }
    },
    DATA_UPLOAD_MAX_MEMORY_SIZE=1024 * 1024,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        *(f"django.contrib.{app}" for app in ("admin", "auth", "contenttypes")),
        *(f"django.contrib.{app}" for app in ("sessions", "messages", "staticfiles")),
        *("rest_framework", "rest_framework.authtoken"),
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "rest_framework.authentication.TokenAuthentication"
        ],
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
        "PAGE_SIZE": 20,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY="x" * 64,
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, permissions, serializers  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402
from rest_framework.authtoken.views import obtain_auth_token  # noqa: E402

# The same as in the project: hashing is most of what a login costs.
Argon2PasswordHasher.memory_cost = 19 * 1024
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.parallelism = 2, 1


def serializer_of(*fields: str) -> type[serializers.ModelSerializer]:
    """Make a serializer with as many fields of an account as the project shows."""
    meta = type("Meta", (), {"model": User, "fields": fields})
    return type("UserSerializer", (serializers.ModelSerializer,), {"Meta": meta})


SHORT = ("id", "email", "first_name", "is_staff", "date_joined")


class RegisterSerializer(serializers.Serializer):
    """A new account."""

    email = serializers.EmailField()
    password = serializers.CharField()


class UserList(generics.ListAPIView):
    """All accounts, newest first."""

    permission_classes = (permissions.IsAdminUser,)
    queryset = User.objects.order_by("-date_joined", "-id")
    serializer_class = serializer_of(*SHORT, "is_active", "last_login")


class Me(generics.RetrieveAPIView):
    """The own account."""

    permission_classes = (permissions.IsAuthenticated,)
    serializer_class = serializer_of(*SHORT)

    def get_object(self) -> User:
        """Find the account of the request."""
        return self.request.user


class Register(generics.CreateAPIView):
    """Create an account."""

    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)
    serializer_class = RegisterSerializer


async def health(request: HttpRequest) -> JsonResponse:
    """Answer as the project's health check does."""
    return health_sync(request)


def health_sync(request: HttpRequest) -> JsonResponse:
    """Answer the same under WSGI, where an async view would cost an event loop."""
    del request
    return JsonResponse({"status": "healthy", "db": "ok", "cache": "ok"})


urlpatterns = [
    path("health/", health),
    path("health-sync/", health_sync),
    path("users/", UserList.as_view()),
    path("users/me/", Me.as_view()),
    path("register/", Register.as_view()),
    path("token/", obtain_auth_token),
]
asgi = get_asgi_application()
wsgi = get_wsgi_application()


def seed(count: int, password: str) -> str:
    """Make so many accounts; returns the token of the first, a member of staff."""
    call_command("migrate", verbosity=0)
    staff = User.objects.create_user("staff", "staff@example.com", password)
    staff.is_staff = True
    staff.save()
    User.objects.bulk_create(
        User(username=f"user{i}", email=f"user{i}@example.com", first_name=f"User {i}")
        for i in range(count - 1)
    )
    # The project's list has such an index; without it each page would sort all rows.
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON auth_user (date_joined DESC, id DESC)")
    return str(Token.objects.create(user=staff).key)


if __name__ == "__main__":
    sys.stdout.write(seed(int(sys.argv[1]), sys.argv[2]))
