"""Breaking the rules that other tools enforce, each in its step of the gate."""

from typing import TYPE_CHECKING, Final

from tests.rules.breaks import edit, new

if TYPE_CHECKING:
    from tests.rules.breaks import Break

SERVICES: Final = "apps/users/services.py"
VIEWS: Final = "apps/users/views.py"
MODELS: Final = "apps/users/models.py"
NEW: Final = "apps/users/parcels.py"
# Replaced by itself and more: the file's first statement stays where it is.
SERVICES_HEAD: Final = "from django.db import transaction\n"

# By the step that must fail.
TOOL_BREAKS: Final[dict[str, list["Break"]]] = {
    "ruff": [
        new("DS005", "dead code", NEW, '"""Parcels."""\n\n# total = price * 2\n'),
        new(
            "DS006",
            "many arguments",
            NEW,
            '"""Parcels."""\n\n\ndef f(a: int, b: int, c: int, d: int, e: int, g: int) -> int:\n'
            '    """Add."""\n    return a + b + c + d + e + g\n',
        ),
        new("DS050", "an unused import", NEW, '"""Parcels."""\n\nimport sys\n'),
        new("DS055", "a password", NEW, '"""Parcels."""\n\nPASSWORD = "hunter2"\n'),
        new(
            "DS055",
            "an argument's default",
            NEW,
            '"""Parcels."""\n\n\ndef f(password: str = "hunter2") -> str:\n'
            '    """Return."""\n    return password\n',
        ),
        new(
            "DS035",
            "no types",
            NEW,
            '"""Parcels."""\n\n\ndef f(price):\n    """Return."""\n    return price\n',
        ),
        edit(
            "DS035",
            "a type less in an existing file",
            SERVICES,
            "def user_delete(*, user: User) -> None:",
            "def user_delete(*, user) -> None:",
        ),
        new(
            "DS037",
            "no docstring",
            NEW,
            '"""Parcels."""\n\n\ndef f() -> int:\n    return 1\n',
        ),
        new("DS037", "a module without one", NEW, "X = 1\n"),
        new("DS078", "print", NEW, '"""Parcels."""\n\nprint("x")\n'),
        new(
            "DS078",
            "pprint",
            NEW,
            '"""Parcels."""\n\nfrom pprint import pprint as show\n\nshow("x")\n',
        ),
        new(
            "DS050",
            "an assert that python -O strips",
            NEW,
            '"""Parcels."""\n\n\ndef f(a: int) -> int:\n    """Return."""\n'
            "    assert a\n    return a\n",
        ),
        new(
            "DS006",
            "many branches",
            NEW,
            '"""Parcels."""\n\n\ndef f(a: int) -> int:\n    """Branch."""\n'
            + "".join(f"    if a == {n}:\n        a += {n}\n" for n in range(9))
            + "    return a\n",
        ),
    ],
    "format": [
        new("DS051", "no blanks", NEW, '"""Parcels."""\n\nX=1\n'),
        edit(
            "DS051",
            "an existing file",
            MODELS,
            "FULL_NAME_LENGTH: Final = 150",
            "FULL_NAME_LENGTH: Final =    150",
        ),
    ],
    "docstrings": [
        new(
            "DS038",
            "no Args",
            NEW,
            '"""Parcels."""\n\n\ndef f(a: int) -> int:\n    """Return."""\n    return a\n',
        ),
        edit(
            "DS038",
            "an argument less in an existing file",
            SERVICES,
            "        full_name: The name, if it was given.\n",
            "",
        ),
    ],
    "mypy": [
        new(
            "DS036",
            "a wrong type",
            NEW,
            '"""Parcels."""\n\n\ndef f() -> int:\n    """Return."""\n    return "1"\n',
        ),
        edit(
            "DS036",
            "a wrong lookup",
            "apps/users/selectors.py",
            "User.objects.filter(pk=user_id)",
            "User.objects.filter(pkk=user_id)",
        ),
    ],
    "import contracts": [
        edit(
            "DS026",
            "a model that calls a service",
            MODELS,
            "from django.utils import timezone\n",
            "from django.utils import timezone\nfrom apps.users import services\n",
        ),
        edit(
            "DS026",
            "a selector that calls a view",
            "apps/users/selectors.py",
            "from django.db.models import Q, QuerySet\n",
            "from django.db.models import Q, QuerySet\nfrom apps.users import views as v\n",
        ),
        edit(
            "DS020",
            "a view that imports a model",
            VIEWS,
            "from apps.users import selectors, services\n",
            "from apps.users import models, selectors, services\n",
        ),
        new(
            "DS027",
            "a second app",
            "apps/orders/__init__.py",
            "from apps.users.models import User\n",
        ),
        new(
            "DS027",
            "inside a function",
            "apps/orders/__init__.py",
            "def f() -> object:\n    import apps.users.selectors as s\n\n    return s\n",
        ),
        edit(
            "DS028",
            "the core",
            "apps/core/pagination.py",
            "from django_strict_asgi.pagination",
            "from apps.users import models\nfrom django_strict_asgi.pagination",
        ),
        edit(
            "DS029",
            "settings",
            SERVICES,
            SERVICES_HEAD,
            f"{SERVICES_HEAD}from config import settings\n",
        ),
        edit(
            "DS029",
            "an alias",
            SERVICES,
            SERVICES_HEAD,
            f"{SERVICES_HEAD}import config.env as e\n",
        ),
        edit(
            "DS030",
            "an app",
            SERVICES,
            SERVICES_HEAD,
            f"{SERVICES_HEAD}from django_strict import gate\n",
        ),
        edit(
            "DS030",
            "the configuration",
            "config/urls.py",
            "from django.contrib import admin\n",
            "from django_strict import gate\nfrom django.contrib import admin\n",
        ),
    ],
    "migrations": [
        edit(
            "DS016",
            "a field without a migration",
            MODELS,
            "    is_staff = models.BooleanField(",
            '    nickname = models.CharField(max_length=50, default="")\n'
            "    is_staff = models.BooleanField(",
        ),
    ],
    "openapi": [
        edit(
            "DS106",
            "an operation without a description",
            VIEWS,
            "    @extend_schema(request=None, responses={204: None})\n"
            '    def post(self, request: "Request") -> Response:\n'
            '        """Close the session.',
            '    def post(self, request: "Request") -> Response:\n        """Close the session.',
        ),
    ],
    "lock file": [
        edit(
            "DS045",
            "typed by hand",
            "pyproject.toml",
            '    "django-redis>=7.0.0",',
            '    "django-redis>=7.0.0",\n    "pytz>=2020.1",',
        ),
    ],
}
