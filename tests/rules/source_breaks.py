"""Breaking the rules about Python code, in the shapes in which people break them."""

from typing import TYPE_CHECKING, Final

from tests.rules.breaks import DOUBT, LATER, REPAIR, edit, new

if TYPE_CHECKING:
    from tests.rules.breaks import Break

SERVICES: Final = "apps/orders/services.py"
SELECTORS: Final = "apps/orders/selectors.py"
VIEWS: Final = "apps/orders/views.py"
SERIALIZERS: Final = "apps/orders/serializers.py"
TASKS: Final = "apps/orders/tasks.py"
USER_VIEWS: Final = "apps/users/views.py"
USER_SERVICES: Final = "apps/users/services.py"

PLACEHOLDERS: Final = [
    new("DS001", "a comment", SERVICES, f"# {REPAIR}: rounding\nTOTAL = 1\n"),
    new("DS001", "a docstring", SERVICES, f'"""Orders.\n\n{LATER}: totals.\n"""\n'),
    new("DS001", "in lower case", SERVICES, "# todo: rounding\nX = 1\n"),
    new(
        "DS001", "a returned text", SERVICES, f'def f() -> str:\n    return "{LATER}"\n'
    ),
    new("DS004", "an error", SERVICES, 'raise RuntimeError("not implemented")\n'),
    new("DS001", "behind code", SERVICES, f"TOTAL = 1  # {DOUBT}\n"),
    edit(
        "DS001",
        "an existing file",
        USER_SERVICES,
        '"""Everything that changes',
        f"# {LATER}: review\n" + '"""Everything that changes',
    ),
    new("DS001", "a test", "apps/orders/tests/test_services.py", "# HACK\n"),
    new(
        "DS002",
        "pass in a class",
        SERVICES,
        'class Shipped:\n    """Shipped."""\n\n    pass\n',
    ),
    new(
        "DS002",
        "pass in except",
        SERVICES,
        "try:\n    X = 1\nexcept ValueError:\n    pass\n",
    ),
    new("DS002", "an ellipsis", SERVICES, "def ship() -> None: ...\n"),
    new(
        "DS002", "a docstring alone", SERVICES, 'def ship() -> None:\n    """Ship."""\n'
    ),
    new(
        "DS002",
        "a bare return",
        SERVICES,
        'def ship() -> None:\n    """Ship."""\n    return\n',
    ),
    new(
        "DS002",
        "a nested function",
        SERVICES,
        'def ship() -> None:\n    """Ship."""\n\n    def later() -> None:\n        pass\n\n'
        "    later()\n",
    ),
    new(
        "DS002",
        "a method",
        VIEWS,
        'class Parcel:\n    """A parcel."""\n\n    def ship(self) -> None:\n        ...\n',
    ),
    new(
        "DS003",
        "called with a text",
        SERVICES,
        'def ship() -> None:\n    """Ship."""\n    raise NotImplementedError("later")\n',
    ),
    new(
        "DS003",
        "an abstract method",
        SERVICES,
        "import abc\n\n\nclass Carrier(abc.ABC):\n    @abc.abstractmethod\n"
        "    def ship(self) -> None:\n        raise NotImplementedError\n",
    ),
    new(
        "DS003",
        "through builtins",
        SERVICES,
        "import builtins\n\n\ndef ship() -> None:\n"
        "    raise builtins.NotImplementedError\n",
    ),
    new("DS004", "implement here", SERVICES, "# implement here\nX = 1\n"),
    new("DS004", "your code", SERVICES, "# Your code goes here\nX = 1\n"),
    new("DS004", "dots", SERVICES, "# ...\nX = 1\n"),
    new("DS004", "existing code", SERVICES, "# ... existing code ...\nX = 1\n"),
    new("DS004", "a docstring", SERVICES, '"""Not implemented yet."""\n'),
    new("DS009", "type ignore", SERVICES, 'X: int = "1"  # type: ignore\n'),
    new("DS009", "noqa", SERVICES, "import sys  # noqa\n"),
    new("DS009", "a whole file", SERVICES, "# ruff: noqa\nimport sys\n"),
    new("DS009", "mypy off", SERVICES, "# mypy: ignore-errors\nX = 1\n"),
    new("DS009", "no coverage", SERVICES, "X = 1  # pragma: no cover\n"),
    new(
        "DS009",
        "an aliased decorator",
        SERVICES,
        "from typing import no_type_check as trust\n\n\n@trust\ndef f() -> int:\n"
        "    return 1\n",
    ),
]

STACK: Final = [
    new("DS008", "an import", SERVICES, "import aioredis\n"),
    new("DS008", "an alias", SERVICES, "import drf_yasg.utils as docs\n"),
    new("DS008", "a from import", SERVICES, "from decouple import config\n"),
    new(
        "DS008",
        "inside a function",
        SERVICES,
        "def connect() -> object:\n    import psycopg2\n\n    return psycopg2\n",
    ),
    new(
        "DS012",
        "an async view",
        "apps/orders/streams.py",
        'async def stream(request: object) -> "StreamingHttpResponse":\n'
        "    return await answer(request)\n",
    ),
    new(
        "DS012",
        "a class of Django's views",
        "apps/orders/streams.py",
        "from django.views.generic import View\n\n\nclass Stream(View):\n"
        "    async def get(self, request: object) -> object:\n        return request\n",
    ),
    new(
        "DS012",
        "a model in services",
        SERVICES,
        'from django.db import models\n\n\nclass Order(models.Model):\n    """An order."""\n',
    ),
    new(
        "DS012",
        "a model of the core's base in services",
        SERVICES,
        "from apps.core.models import TimeStampedModel as Base\n\n\n"
        'class Order(Base):\n    """An order."""\n',
    ),
    new(
        "DS012",
        "a view in services",
        SERVICES,
        "from rest_framework import views as v\n\n\nclass OrderView(v.APIView):\n"
        '    """Orders."""\n\n    permission_classes = ()\n    authentication_classes = ()\n',
    ),
    new(
        "DS012",
        "a serializer in views",
        VIEWS,
        "from rest_framework.serializers import ModelSerializer as Base\n\n\n"
        'class OrderSerializer(Base):\n    """An order."""\n',
    ),
    new(
        "DS012",
        "a permission in views",
        VIEWS,
        "from rest_framework.permissions import BasePermission\n\n\n"
        'class MayShip(BasePermission):\n    """May ship."""\n',
    ),
    new(
        "DS012",
        "a factory in tests",
        "apps/orders/tests/test_models.py",
        "import factory.django\n\n\nclass OrderFactory(factory.django.DjangoModelFactory):\n"
        '    """Orders."""\n',
    ),
    new("DS015", "getenv", SERVICES, "import os\n\nX = os.getenv('X')\n"),
    new(
        "DS015", "an alias", SERVICES, "from os import environ as env\n\nX = env['X']\n"
    ),
    new(
        "DS015",
        "in settings",
        "config/settings.py",
        "import os\n\nX = os.environ['X']\n",
    ),
    new(
        "DS015",
        "inside a function",
        SERVICES,
        "import os as system\n\n\ndef limit() -> str:\n"
        "    return system.environ.get('LIMIT', '')\n",
    ),
    new("DS050", "broken syntax", SERVICES, "def ship(:\n"),
]

LAYERS: Final = [
    new("DS020", "the registry", VIEWS, "from django.apps import apps as a\n"),
    new("DS020", "a model", VIEWS, "from apps.orders.models import Order\n"),
    new("DS020", "a module alias", VIEWS, "from apps.orders import models as m\n"),
    new(
        "DS020",
        "a query helper",
        VIEWS,
        "from django.shortcuts import get_object_or_404\n",
    ),
    new("DS020", "transactions", VIEWS, "from django.db import transaction\n"),
    new(
        "DS020",
        "the user model",
        VIEWS,
        "from django.contrib.auth import get_user_model\n",
    ),
    new(
        "DS020",
        "a foreign model",
        VIEWS,
        "from rest_framework.authtoken.models import Token\n",
    ),
    edit(
        "DS020",
        "an existing view",
        USER_VIEWS,
        '        services.user_delete(user=cast("User", request.user))\n',
        '        cast("User", request.user).delete()\n',
    ),
    new(
        "DS020",
        "a related manager",
        VIEWS,
        "def orders(request: object) -> object:\n"
        "    return request.user.orders.filter(open=True)\n",
    ),
    new(
        "DS020",
        "serializer save",
        VIEWS,
        "def create(serializer: object) -> object:\n    return serializer.save()\n",
    ),
    new(
        "DS020",
        "a package of views",
        "apps/orders/views/detail.py",
        "from apps.orders.models import Order\n\nORDERS = Order.objects.all()\n",
    ),
    new(
        "DS020",
        "a nested function",
        VIEWS,
        "def outer() -> object:\n    def inner() -> object:\n"
        "        from apps.orders.models import Order\n\n"
        "        return Order._default_manager.all()\n\n    return inner\n",
    ),
    new(
        "DS021",
        "a helper module",
        "apps/orders/helpers.py",
        "X = Order.objects.first()\n",
    ),
    new("DS021", "a task", TASKS, "X = models.Order.objects.count()\n"),
    new(
        "DS021",
        "a command",
        "apps/orders/management/commands/close.py",
        "def handle() -> int:\n    return Order.objects.count()\n",
    ),
    new("DS022", "a task", TASKS, "def f(order: object) -> None:\n    order.save()\n"),
    new(
        "DS022",
        "a queryset update",
        "apps/orders/signals.py",
        "def f(orders: object) -> None:\n    orders.filter(a=1).update(a=2)\n",
    ),
    new(
        "DS022",
        "an async write",
        TASKS,
        "async def f(order: object) -> None:\n    await order.asave()\n",
    ),
    new(
        "DS022",
        "the admin",
        "apps/orders/admin.py",
        "def close(orders: object) -> None:\n    orders.exclude(a=1).delete()\n",
    ),
    new(
        "DS023",
        "an update method",
        SERIALIZERS,
        "class S:\n    def update(self, instance: object, data: object) -> object:\n"
        "        return data\n",
    ),
    new(
        "DS023",
        "a write in validate",
        SERIALIZERS,
        "class S:\n    def validate(self, data: object) -> object:\n"
        "        Order.objects.create(**data)\n        return data\n",
    ),
    new(
        "DS023",
        "a nested function",
        SERIALIZERS,
        "def outer() -> None:\n    def inner(order: object) -> None:\n"
        "        order.delete()\n\n    inner(1)\n",
    ),
    new(
        "DS024", "save", SELECTORS, "def f(order: object) -> None:\n    order.save()\n"
    ),
    edit(
        "DS024",
        "an existing selector",
        "apps/users/selectors.py",
        "    if user is None:\n",
        "    User.objects.filter(pk=user_id).update(is_active=True)\n    if user is None:\n",
    ),
    new(
        "DS025",
        "a request",
        SERVICES,
        "def f(request: object) -> object:\n    return request\n",
    ),
    edit(
        "DS025",
        "a request that a service with a reason for one looks into",
        USER_SERVICES,
        "    login(request, user)\n",
        "    login(request, user)\n    request.session.set_expiry(0)\n",
    ),
    new("DS025", "a status", SERVICES, "from http import HTTPStatus\n"),
    new("DS025", "a response", SERVICES, "from rest_framework import response as r\n"),
    new("DS025", "a selector", SELECTORS, "from django.http import Http404\n"),
    new(
        "DS025", "a model", "apps/orders/models.py", "from django.urls import reverse\n"
    ),
    new(
        "DS025",
        "an annotation",
        SERVICES,
        'def f(call: "HttpRequest") -> object:\n    return call\n',
    ),
    edit(
        "DS031",
        "a loop in an existing view",
        USER_VIEWS,
        '        services.token_revoke(user=cast("User", request.user))\n',
        "        for _ in range(2):\n"
        '            services.token_revoke(user=cast("User", request.user))\n',
    ),
    edit(
        "DS031",
        "a try",
        USER_VIEWS,
        "        services.session_close(request=request)\n",
        "        try:\n            services.session_close(request=request)\n"
        "        finally:\n            del request\n",
    ),
    new(
        "DS031",
        "many statements",
        VIEWS,
        "def orders(request: object) -> object:\n"
        + "".join(f"    x{number} = {number}\n" for number in range(12))
        + "    return request\n",
    ),
    new(
        "DS031",
        "an async view of the core",
        "apps/core/streams.py",
        'async def stream(request: object) -> "HttpResponse":\n'
        "    for _ in range(2):\n        await wait()\n",
    ),
    new(
        "DS033",
        "a set of views",
        VIEWS,
        "from rest_framework import viewsets\n\n\n"
        "class Orders(viewsets.ModelViewSet):\n    permission_classes = ()\n",
    ),
    new(
        "DS033",
        "a generic view with a type",
        VIEWS,
        "from rest_framework.generics import ListCreateAPIView as View\n\n\n"
        'class Orders(View["Order"]):\n    permission_classes = ()\n',
    ),
    new(
        "DS033",
        "a mixin in another file",
        "apps/orders/bases.py",
        "from rest_framework.mixins import DestroyModelMixin\n\n\n"
        "class Base(DestroyModelMixin):\n    x = 1\n",
    ),
    new(
        "DS032",
        "a service",
        SERIALIZERS,
        "from apps.orders.services import order_create\n",
    ),
    new("DS032", "a task", SERIALIZERS, "from apps.orders import tasks\n"),
    new(
        "DS040",
        "an alias",
        "apps/orders/tests/test_models.py",
        "from apps.orders import models as m\n\n\ndef test_x() -> None:\n"
        "    m.Order.objects.get_or_create(a=1)\n",
    ),
    new(
        "DS040",
        "the global tests",
        "tests/test_orders.py",
        "from apps.orders.models import Order as O\n\n\ndef test_x() -> None:\n"
        "    O.objects.create(a=1)\n",
    ),
]

LANGUAGE: Final = [
    new("DS042", "a docstring", SERVICES, '"""Заказы."""\n'),
    new("DS042", "a name", SERVICES, "заказ = 1\n"),
    new("DS042", "a string", SERVICES, 'LABEL = "注文"\n'),
    new(
        "DS042",
        "German",
        SERVICES,
        "# Hier wird der Preis nicht mit der Steuer berechnet.\nX = 1\n",
    ),
    new(
        "DS042",
        "Spanish",
        SERVICES,
        "# Este es el precio para los usuarios que pagan\nX = 1\n",
    ),
    new(
        "DS042",
        "a test's comment",
        "apps/orders/tests/test_models.py",
        "# Проверка\nX = 1\n",
    ),
]

DOCSTRINGS: Final = [
    new(
        "DS043",
        "Yields before Raises",
        SERVICES,
        'def f() -> None:\n    """Do it.\n\n    Yields:\n        It.\n\n    Raises:\n'
        '        ValueError: Always.\n    """\n',
    ),
    new(
        "DS043",
        "Returns before Args",
        SERVICES,
        'def f(a: int) -> int:\n    """Do it.\n\n    Returns:\n        It.\n\n'
        '    Args:\n        a: It.\n    """\n    return a\n',
    ),
    edit(
        "DS044",
        "an existing function",
        USER_SERVICES,
        "    delete_in_parts(user)\n",
        "    def later() -> None:\n        delete_in_parts(user)\n\n    later()\n",
    ),
    new(
        "DS044",
        "an async one in a test",
        "apps/orders/tests/test_models.py",
        'def test_x() -> None:\n    """It works."""\n\n'
        "    async def run() -> int:\n        return 1\n\n    run()\n",
    ),
]

SECURITY: Final = [
    new(
        "DS058",
        "no authentication",
        VIEWS,
        "from rest_framework.viewsets import ModelViewSet\n\n\n"
        "class Orders(ModelViewSet):\n    permission_classes = ()\n",
    ),
    new(
        "DS058",
        "an attribute as base",
        VIEWS,
        "import rest_framework.generics as g\n\n\nclass Orders(g.ListAPIView):\n    x = 1\n",
    ),
    new(
        "DS058",
        "a local base class",
        VIEWS,
        "from rest_framework.views import APIView\n\n\nclass Base(APIView):\n"
        "    permission_classes = ()\n    authentication_classes = ()\n\n\n"
        "class Orders(Base):\n    x = 1\n",
    ),
    new(
        "DS058",
        "a function",
        VIEWS,
        "from rest_framework.decorators import api_view\n\n\n@api_view(['GET'])\n"
        "def orders(request: object) -> object:\n    return request\n",
    ),
    new(
        "DS058",
        "a nested class",
        VIEWS,
        "from rest_framework.views import APIView as V\n\n\ndef make() -> type:\n"
        "    class Orders(V):\n        permission_classes = ()\n\n    return Orders\n",
    ),
    edit(
        "DS058",
        "an existing view",
        USER_VIEWS,
        "    permission_classes = (IsAuthenticated, StaffKeepTheirAccount)\n",
        "",
    ),
    new(
        "DS058",
        "a module outside the layout",
        "apps/orders/endpoints.py",
        "from rest_framework.views import APIView\n\n\nclass Orders(APIView):\n    x = 1\n",
    ),
    new("DS060", "extra", SELECTORS, "X = Order.objects.extra(where=['1=1'])\n"),
    new(
        "DS060", "a chain", SELECTORS, "X = Order.objects.filter(a=1).raw('SELECT 1')\n"
    ),
    new(
        "DS060",
        "a manager in a variable",
        SELECTORS,
        "orders = Order.objects\nX = orders.raw('SELECT 1')\n",
    ),
    new("DS060", "extra on a variable", SELECTORS, "X = orders.extra(where=['1=1'])\n"),
    new(
        "DS060",
        "RawSQL by alias",
        SELECTORS,
        "from django.db.models.expressions import RawSQL as R\n\nX = R('1', ())\n",
    ),
    new(
        "DS060",
        "RawSQL as attribute",
        SELECTORS,
        "from django.db.models import expressions\n\nX = expressions.RawSQL('1', ())\n",
    ),
    new(
        "DS060",
        "a cursor",
        SERVICES,
        "from django.db import connection\n\n\ndef f() -> None:\n"
        "    with connection.cursor() as c:\n        c.execute('SELECT 1')\n",
    ),
    new(
        "DS060",
        "a cursor at once",
        SERVICES,
        "from django.db import connections\n\nconnections['default'].cursor().execute('S')\n",
    ),
    new(
        "DS060",
        "a migration",
        "apps/orders/migrations/0002_data.py",
        "from django.db import migrations\n\nX = [migrations.RunSQL('SELECT 1')]\n",
    ),
    new("DS061", "exclude", SERIALIZERS, "class Meta:\n    exclude = ['a']\n"),
    new(
        "DS061", "annotated", SERIALIZERS, "class Meta:\n    fields: str = '__all__'\n"
    ),
    new(
        "DS061",
        "a constant",
        SERIALIZERS,
        "from rest_framework.serializers import ALL_FIELDS\n\n\nclass Meta:\n"
        "    fields = ALL_FIELDS\n",
    ),
    edit(
        "DS061",
        "an existing serializer",
        "apps/users/serializers.py",
        "        read_only_fields: ClassVar",
        '        exclude: ClassVar[list[str]] = ["id"]\n        read_only_fields: ClassVar',
    ),
    edit(
        "DS062",
        "an existing view",
        USER_VIEWS,
        "    throttle_classes = (RegisterThrottle,)\n",
        "    throttle_classes = ()\n",
    ),
    new(
        "DS063",
        "an alias",
        VIEWS,
        "from django.views.decorators.csrf import csrf_exempt as ok\n",
    ),
    new(
        "DS063",
        "an attribute",
        VIEWS,
        "from django.views.decorators import csrf\n\n\n@csrf.csrf_exempt\n"
        "def orders(request: object) -> object:\n    return request\n",
    ),
    new(
        "DS063",
        "the flag",
        VIEWS,
        "def f(view: object) -> None:\n    view.csrf_exempt = True\n",
    ),
]

ASYNC: Final = [
    new(
        "DS065",
        "get",
        SERVICES,
        "async def f() -> object:\n    return Order.objects.get(pk=1)\n",
    ),
    new(
        "DS065",
        "save",
        SERVICES,
        "async def f(order: object) -> None:\n    order.save()\n",
    ),
    new(
        "DS065",
        "a loop",
        SERVICES,
        "async def f() -> None:\n    for order in Order.objects.filter(a=1):\n"
        "        del order\n",
    ),
    new(
        "DS065",
        "an index",
        SERVICES,
        "async def f() -> object:\n    return Order.objects.filter(a=1)[0]\n",
    ),
    new(
        "DS065",
        "a shortcut",
        VIEWS,
        "from django.contrib.auth import authenticate as check\n\n\n"
        "async def f(request: object) -> object:\n    return check(request)\n",
    ),
    new(
        "DS065",
        "a comprehension",
        SERVICES,
        "async def f() -> list[int]:\n    return [o.pk for o in Order.objects.all()]\n",
    ),
    new(
        "DS065",
        "a variable",
        SERVICES,
        "async def f() -> object:\n    orders = Order.objects.filter(a=1)\n"
        "    return orders.first()\n",
    ),
    new(
        "DS065",
        "list",
        SERVICES,
        "async def f() -> object:\n    return list(Order.objects.all())\n",
    ),
    new(
        "DS065",
        "a selector",
        VIEWS,
        "from apps.orders import selectors as read\n\n\n"
        "async def f(request: object) -> object:\n    return read.order_list()\n",
    ),
    new(
        "DS065",
        "a transaction",
        SERVICES,
        "from django.db import transaction\n\n\nasync def f() -> None:\n"
        "    with transaction.atomic():\n        await g()\n",
    ),
    new(
        "DS065",
        "a nested async function",
        SERVICES,
        "def outer() -> object:\n    async def inner() -> int:\n"
        "        return Order.objects.count()\n\n    return inner\n",
    ),
    new(
        "DS066",
        "an alias",
        SERVICES,
        "import time as clock\n\n\nasync def f() -> None:\n    clock.sleep(1)\n",
    ),
    new(
        "DS066",
        "an HTTP call",
        SERVICES,
        "import requests\n\n\nasync def f() -> object:\n    return requests.get('x')\n",
    ),
    new(
        "DS066",
        "the cache",
        SERVICES,
        "from django.core.cache import cache\n\n\nasync def f() -> object:\n"
        "    return cache.get('x')\n",
    ),
    new(
        "DS066",
        "the sync Redis client",
        SERVICES,
        "from redis import Redis\n\n\nasync def f() -> object:\n"
        "    return Redis.from_url('x')\n",
    ),
    edit(
        "DS066",
        "an existing view",
        "apps/core/healthcheck.py",
        '    return JsonResponse({"status": "alive"})',
        '    import time\n\n    time.sleep(1)\n    return JsonResponse({"status": "alive"})',
    ),
    edit(
        "DS067",
        "the entry point",
        "config/asgi.py",
        "application =",
        'os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")\napplication =',
    ),
    new("DS067", "a constant", SERVICES, 'NAME = "DJANGO_ALLOW_ASYNC_UNSAFE"\n'),
    new(
        "DS070",
        "a view set",
        VIEWS,
        "from rest_framework.viewsets import ViewSet\n\n\nclass Orders(ViewSet):\n"
        "    permission_classes = ()\n    authentication_classes = ()\n\n"
        "    async def list(self, request: object) -> object:\n        return request\n",
    ),
    new(
        "DS070",
        "a function",
        VIEWS,
        "from rest_framework.decorators import api_view as view\n\n\n@view(['GET'])\n"
        "async def orders(request: object) -> object:\n    return request\n",
    ),
    new(
        "DS071",
        "a middleware class",
        "apps/core/timing.py",
        "class Timing:\n    async def __call__(self, request: object) -> object:\n"
        "        return request\n",
    ),
]

ERRORS: Final = [
    new(
        "DS077",
        "an f-string",
        VIEWS,
        "from rest_framework.response import Response\n\n\ndef f(request: object) -> object:\n"
        "    try:\n        return g(request)\n    except ValueError as broken:\n"
        "        return Response({'detail': f'{broken}'})\n",
    ),
    new(
        "DS077",
        "a keyword",
        VIEWS,
        "from django.http import JsonResponse as J\n\n\ndef f() -> object:\n"
        "    try:\n        return 1\n    except ValueError as e:\n"
        "        return J(data={'a': e.args})\n",
    ),
    new(
        "DS077", "a stack trace", VIEWS, "import traceback as t\n\nX = t.format_exc()\n"
    ),
    new(
        "DS079",
        "a name",
        SERVICES,
        "from logging import getLogger as log\n\nx = log('x')\n",
    ),
    new("DS079", "no name", SERVICES, "import logging\n\nx = logging.getLogger()\n"),
    new("DS079", "the root", SERVICES, "import logging\n\nlogging.info('x')\n"),
]

WAIVERS: Final = [
    new(
        "DS110",
        "no reason",
        SELECTORS,
        "X = Order.objects.raw('S')  # waive DS060 until 2027-01-01:\n",
    ),
    new(
        "DS110",
        "an unknown rule",
        SELECTORS,
        "X = 1  # waive DS999 until 2027-01-01: no such rule\n",
    ),
    new(
        "DS110",
        "far ahead",
        SELECTORS,
        "X = O.objects.raw('S')  # waive DS060 until 2099-01-01: for ever and ever\n",
    ),
    new(
        "DS110",
        "no day",
        SELECTORS,
        "X = O.objects.raw('S')  # waive DS060 until 2027-13-01: in a month\n",
    ),
    new(
        "DS111",
        "yesterday",
        SELECTORS,
        "X = O.objects.raw('S')  # waive DS060 until 2026-01-01: was fine once\n",
    ),
    new(
        "DS112",
        "not waivable",
        SERVICES,
        f"# waive DS001 until 2027-01-01: we like it\n# {LATER}: x\n",
    ),
    new(
        "DS112",
        "unused",
        SELECTORS,
        "X = 1  # waive DS060 until 2027-01-01: nothing to waive\n",
    ),
]

SOURCE_BREAKS: Final[list["Break"]] = [
    *PLACEHOLDERS,
    *STACK,
    *LAYERS,
    *LANGUAGE,
    *DOCSTRINGS,
    *SECURITY,
    *ASYNC,
    *ERRORS,
    *WAIVERS,
]
