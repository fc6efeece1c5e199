"""Breaches that hide behind a name, as somebody writes them who means no harm."""

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from tests.rules.variants import Files

VIEWS: Final = "apps/orders/views.py"
SERVICES: Final = "apps/orders/services.py"
SELECTORS: Final = "apps/orders/selectors.py"
SERIALIZERS: Final = "apps/orders/serializers.py"
HELPERS: Final = "apps/orders/helpers.py"
URLS: Final = "apps/orders/urls.py"
VIEW: Final = '''
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
{imports}

class OrderView(APIView):
    """Orders."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)

    def post(self, request: "Request") -> Response:
        """Change an order."""
{body}
        return Response()
'''
DECLARED: Final = '''
from rest_framework import permissions
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.views import APIView
{imports}

class OrderView(APIView):
    """Orders."""

    authentication_classes = (TokenAuthentication,)
{body}
'''
RENAME: Final = '''
from apps.orders.models import Order


def rename(order: Order) -> None:
    """Rename."""
    Order.objects.filter(pk=order.pk).update(amount=1)
'''
FAIL: Final = '''
from django.http import JsonResponse


async def ping(request: "HttpRequest") -> JsonResponse:
    """Answer."""
{body}
'''


class Attack(NamedTuple):
    """One breach.

    Attributes:
        rule: The rule that it breaks.
        shape: How, in a few words.
        files: The files that do it.
    """

    rule: str
    shape: str
    files: "Files"


def in_view(rule: str, shape: str, body: str, imports: str = "", **more: str) -> Attack:
    """Put statements into a view's method.

    Args:
        rule: The rule that they break.
        shape: How.
        body: The statements.
        imports: What they import.
        **more: Further files of the app, by their names.

    Returns:
        The attack.
    """
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    text = VIEW.format(imports=imports, body=lines.rstrip())
    files = {f"apps/orders/{name}.py": source for name, source in more.items()}
    return Attack(rule, shape, {VIEWS: text, **files})


def declared(shape: str, body: str, imports: str = "", **more: str) -> Attack:
    """Put declarations into a view that say nothing.

    Args:
        shape: How.
        body: The declarations.
        imports: What they import.
        **more: Further files of the app, by their names.

    Returns:
        The attack.
    """
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = DECLARED.format(imports=imports, body=lines.rstrip())
    files = {f"apps/orders/{name}.py": source for name, source in more.items()}
    return Attack("DS058", shape, {VIEWS: text, **files})


def waits(rule: str, shape: str, body: str, head: str = "", **more: str) -> Attack:
    """Put statements into an async view.

    Args:
        rule: The rule that they break.
        shape: How.
        body: The statements.
        head: What stands before the view.
        **more: Further files of the app, by their names.

    Returns:
        The attack.
    """
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{head}\n\nasync def stream(request: object) -> object:\n{lines}"
    files = {f"apps/orders/{name}.py": source for name, source in more.items()}
    return Attack(rule, shape, {VIEWS: text, **files})


SELECTOR: Final = "from apps.orders import selectors"

DATA: Final = [
    in_view(
        "DS020",
        "a row of a selector is saved",
        "order = selectors.order_get(order_id=1)\norder.amount = 3\norder.save()",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "a row of a selector is changed",
        "order = selectors.order_get(order_id=1)\norder.amount = 3",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "setattr",
        "order = selectors.order_get(order_id=1)\nsetattr(order, 'amount', 3)",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "a queryset of a selector is updated",
        "selectors.order_list().update(amount=1)",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "a queryset in a variable is deleted",
        "orders = selectors.order_list()\nold = orders\nold.delete()",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "a bound method",
        "erase = selectors.order_list().delete\nerase()",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "the manager of a row's class",
        "order = selectors.order_get(order_id=1)\ntype(order).objects.create(amount=1)",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "the class of a row",
        "order = selectors.order_get(order_id=1)\norder.__class__.objects.count()",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "_meta",
        "order = selectors.order_get(order_id=1)\norder._meta.model._default_manager.count()",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "the model of a queryset",
        "model = selectors.order_list().model\nmodel(amount=1)",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "a serializer's Meta",
        "OrderSerializer.Meta.model.objects.count()",
        "from apps.orders.serializers import OrderSerializer",
    ),
    in_view(
        "DS020",
        "get_model by its label",
        "django_apps.get_model('orders.Order').objects.count()",
        "from django.apps import apps as django_apps",
    ),
    in_view(
        "DS020",
        "the registry through a module",
        "registry.apps.get_model('orders', 'Order')",
        "from django.apps import registry",
    ),
    in_view(
        "DS020",
        "get_user_model through a module",
        "auth.get_user_model()",
        "from django.contrib import auth",
    ),
    in_view(
        "DS020",
        "an import by its name",
        "m = import_module('apps.orders.models')\nm.Order.objects.count()",
        "from importlib import import_module",
    ),
    in_view(
        "DS020",
        "an import by a composed name",
        "name = 'models'\nm = import_module(f'apps.orders.{name}')\nm.Order.objects.count()",
        "from importlib import import_module",
    ),
    in_view(
        "DS020",
        "import_string",
        "model = import_string('apps.orders.models.Order')\nmodel.objects.count()",
        "from django.utils.module_loading import import_string",
    ),
    in_view(
        "DS020",
        "__import__",
        "__import__('apps.orders.models', fromlist=['Order']).Order.objects.count()",
    ),
    in_view(
        "DS020",
        "sys.modules",
        "sys.modules['apps.orders.models'].Order.objects.count()",
        "import sys",
    ),
    in_view(
        "DS020",
        "a helper that writes",
        "helpers.rename(request.user)",
        "from apps.orders import helpers",
        helpers=RENAME,
    ),
    in_view(
        "DS020",
        "a helper of a helper",
        "outer.run(request.user)",
        "from apps.orders import outer",
        outer="from apps.orders import helpers\n\n\ndef run(order: object) -> None:\n    helpers.rename(order)\n",
        helpers=RENAME,
    ),
    in_view(
        "DS020",
        "a helper in a table",
        "ACTIONS['rename'](request.user)",
        "from apps.orders.helpers import rename\n\nACTIONS = {'rename': rename}\n",
        helpers=RENAME,
    ),
    in_view(
        "DS020",
        "a helper that is mapped",
        "list(map(helpers.rename, [request.user]))",
        "from apps.orders import helpers",
        helpers=RENAME,
    ),
    in_view(
        "DS020",
        "a helper by partial",
        "partial(helpers.rename, request.user)()",
        "from functools import partial\n\nfrom apps.orders import helpers",
        helpers=RENAME,
    ),
    in_view(
        "DS020",
        "a helper's class",
        "helpers.Renamer().run(request.user)",
        "from apps.orders import helpers",
        helpers="from apps.orders.models import Order\n\n\nclass Renamer:\n    def run(self, order: Order) -> None:\n        order.save()\n",
    ),
    in_view(
        "DS020",
        "a helper's class that is called",
        "helpers.Renamer()(request.user)",
        "from apps.orders import helpers",
        helpers="from apps.orders.models import Order\n\n\nclass Renamer:\n    def __call__(self, order: Order) -> None:\n        order.save()\n",
    ),
    in_view(
        "DS020",
        "a helper in the package's init",
        "orders.rename(request.user)",
        "from apps import orders",
        __init__=RENAME,
    ),
    Attack(
        "DS020",
        "a mixin with a query",
        {
            VIEWS: VIEW.format(
                imports="from apps.orders.mixins import Renames",
                body="        self.rename(request.user)",
            ).replace("(APIView)", "(Renames, APIView)"),
            "apps/orders/mixins.py": "from apps.orders.models import Order\n\n\nclass Renames:\n    def rename(self, order: Order) -> None:\n        Order.objects.filter(pk=1).update(amount=1)\n",
        },
    ),
    in_view("DS020", "the user is deleted", "user = request.user\nuser.delete()"),
    in_view("DS020", "the user is changed", "request.user.full_name = 'x'"),
    in_view(
        "DS020", "related rows of the user", "request.user.orders.create(amount=1)"
    ),
    in_view(
        "DS020",
        "related rows in a variable",
        "orders = request.user.orders\norders.first()",
    ),
    in_view(
        "DS020",
        "a model's method that writes",
        "selectors.order_get(order_id=1).close()",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "a transaction",
        "with transaction.atomic():\n    services.order_close(order=request.user)",
        "from django import db\n\nfrom apps.orders import services\n\ntransaction = db.transaction",
    ),
    in_view(
        "DS020",
        "a transaction of a helper",
        "with atomic():\n    services.order_close(order=request.user)",
        "from apps.orders import services\nfrom apps.orders.helpers import atomic",
        helpers="from django.db.transaction import atomic\n",
    ),
    in_view(
        "DS020",
        "on_commit",
        "transaction.on_commit(print)",
        "from django.db import transaction",
    ),
    in_view(
        "DS020",
        "a mail",
        "send_mail('a', 'b', None, ['c'])",
        "from django.core.mail import send_mail",
    ),
    in_view(
        "DS020",
        "a mail of a module",
        "mail.EmailMessage('a').send()",
        "from django.core import mail",
    ),
    in_view(
        "DS020",
        "a mail of a helper",
        "helpers.notify()",
        "from apps.orders import helpers",
        helpers="from django.core.mail import send_mail\n\n\ndef notify() -> None:\n    send_mail('a', 'b', None, ['c'])\n",
    ),
    in_view("DS020", "a mail to the user", "request.user.email_user('a', 'b')"),
    in_view(
        "DS020",
        "a task",
        "tasks.send_receipt.enqueue(order_id=1)",
        "from apps.orders import tasks",
        tasks="from django.tasks import task\n\n\n@task\ndef send_receipt(order_id: int) -> None:\n    del order_id\n",
    ),
    in_view(
        "DS020",
        "login",
        "login(request, request.user)",
        "from django.contrib.auth import login",
    ),
    in_view(
        "DS020",
        "logout through a module",
        "auth.logout(request)",
        "from django.contrib import auth",
    ),
    in_view(
        "DS020",
        "the session's hash by another name",
        "keep(request, request.user)",
        "from django.contrib.auth import update_session_auth_hash as keep",
    ),
    in_view(
        "DS020",
        "login in a helper",
        "helpers.enter(request)",
        "from apps.orders import helpers",
        helpers="from django.contrib.auth import login\n\n\ndef enter(request: object) -> None:\n    login(request, request.user)\n",
    ),
    in_view(
        "DS020",
        "an import inside",
        "from apps.orders.models import Order\nOrder.objects.count()",
    ),
    in_view(
        "DS020",
        "get_or_404 through a module",
        "shortcuts.get_object_or_404(selectors.order_list(), pk=1)",
        "from django import shortcuts\n\nfrom apps.orders import selectors",
    ),
    in_view(
        "DS020",
        "a queryset of a selector is narrowed",
        "orders = selectors.order_list()\norders = orders.filter(amount=1)",
        SELECTOR,
    ),
    in_view("DS020", "a row is fetched", "selectors.order_list().get(pk=1)", SELECTOR),
    in_view("DS020", "get_queryset", "self.get_queryset().update(amount=1)"),
    in_view("DS020", "get_object", "self.get_object().delete()"),
    in_view(
        "DS020",
        "a serializer saves through a variable",
        "save = OrderSerializer(data=request.data).save\nsave()",
        "from apps.orders.serializers import OrderSerializer",
    ),
    in_view(
        "DS020",
        "a lambda",
        "erase = lambda orders: orders.delete()\nerase(selectors.order_list())",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "a walrus",
        "if (order := selectors.order_get(order_id=1)).open:\n    order.delete()",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "a row of a loop",
        "[order.delete() for order in selectors.order_list()]",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "bulk by its name",
        "getattr(selectors.order_list(), 'update')(amount=1)",
        SELECTOR,
    ),
    in_view(
        "DS020",
        "a queryset's own method that writes",
        "Goods.objects.all().retire()",
        "from apps.orders.names import Goods",
        names="from django.db import models\n\n\nclass Many(models.QuerySet):\n    def retire(self) -> int:\n        return self.update(a=1)\n\n\nclass Goods(models.Model):\n    objects = Many.as_manager()\n",
    ),
    in_view(
        "DS020",
        "methodcaller",
        "methodcaller('delete')(selectors.order_list())",
        "from operator import methodcaller\n\nfrom apps.orders import selectors",
    ),
    Attack(
        "DS020",
        "a decorator around a view",
        {
            VIEWS: VIEW.format(
                imports="from django.db import transaction", body="        del request"
            ).replace("    def post", "    @transaction.atomic\n    def post")
        },
    ),
    Attack(
        "DS020",
        "a queryset as an attribute",
        {
            VIEWS: VIEW.format(
                imports="from apps.orders.names import Order",
                body="        del request",
            ).replace(
                "    def post", "    queryset = Order.objects.all()\n\n    def post"
            ),
            "apps/orders/names.py": "from apps.orders.models import Order\n",
        },
    ),
    Attack(
        "DS021",
        "a permission",
        {
            "apps/orders/permissions.py": "from rest_framework.permissions import BasePermission\n\n\nclass Owns(BasePermission):\n    def has_permission(self, request: object, view: object) -> bool:\n        return request.user.orders.filter(open=True).exists()\n"
        },
    ),
    Attack(
        "DS021",
        "a permission by get_model",
        {
            "apps/orders/permissions.py": "from django.apps import apps\n\n\ndef owns() -> bool:\n    return apps.get_model('orders', 'Order').objects.exists()\n"
        },
    ),
    Attack(
        "DS021",
        "a middleware",
        {
            "apps/core/middleware.py": "from django.contrib.auth import get_user_model\n\n\ndef count() -> int:\n    users = get_user_model()\n    return users.objects.count()\n"
        },
    ),
    Attack(
        "DS021",
        "a serializer's method",
        {
            SERIALIZERS: "from rest_framework import serializers\n\nfrom apps.orders.models import Order\n\n\nclass OrderSerializer(serializers.Serializer):\n    def validate_number(self, value: str) -> str:\n        if Order.objects.filter(number=value).exists():\n            raise serializers.ValidationError\n        return value\n"
        },
    ),
    Attack(
        "DS021",
        "a helper with a queryset",
        {
            HELPERS: "from apps.orders import selectors\n\n\ndef newest() -> object:\n    return selectors.order_list().order_by('-pk')\n"
        },
    ),
    Attack(
        "DS021",
        "the configuration",
        {
            "config/urls.py": "from apps.orders.models import Order\n\nCOUNT = Order.objects.count()\n"
        },
    ),
    Attack(
        "DS021",
        "the app's configuration",
        {
            "apps/orders/apps.py": "class Config:\n    def ready(self) -> None:\n        from apps.orders.models import Order\n\n        Order.objects.count()\n"
        },
    ),
    Attack(
        "DS021",
        "an app's init",
        {
            "apps/orders/__init__.py": "def count() -> int:\n    from apps.orders import models\n\n    return models.Order.objects.count()\n"
        },
    ),
    Attack(
        "DS022",
        "a signal with a variable",
        {
            "apps/orders/signals.py": "def saved(instance: 'Order') -> None:\n    store = instance.save\n    store()\n"
        },
    ),
    Attack(
        "DS022",
        "related rows are added",
        {
            "apps/orders/tasks.py": "from apps.orders import selectors\n\n\ndef tag() -> None:\n    order = selectors.order_get(order_id=1)\n    order.tags.add(1)\n"
        },
    ),
    Attack(
        "DS022",
        "a command through a selector",
        {
            "apps/orders/management/commands/close.py": "from apps.orders import selectors\n\n\ndef handle() -> None:\n    orders = selectors.order_list()\n    orders.update(open=False)\n"
        },
    ),
    Attack(
        "DS022",
        "a backend",
        {
            "apps/orders/backends.py": "from apps.orders.models import Order\n\nmanager = Order.objects\n\n\ndef touch() -> None:\n    manager.create(amount=1)\n"
        },
    ),
    Attack(
        "DS022",
        "the configuration",
        {
            "config/startup.py": "from apps.orders import models\n\nmodels.Order(amount=1).save()\n"
        },
    ),
    Attack(
        "DS023",
        "an assigned method",
        {
            SERIALIZERS: "from rest_framework import serializers\n\n\ndef store(self: object, data: object) -> object:\n    return data\n\n\nclass OrderSerializer(serializers.Serializer):\n    create = store\n"
        },
    ),
    Attack(
        "DS023",
        "an inherited method",
        {
            SERIALIZERS: "from rest_framework import serializers\n\nfrom apps.orders.bases import Creates\n\n\nclass OrderSerializer(Creates, serializers.Serializer):\n    pass\n",
            "apps/orders/bases.py": "class Creates:\n    def create(self, data: object) -> object:\n        return data\n",
        },
    ),
    Attack(
        "DS023",
        "a helper",
        {
            SERIALIZERS: "from apps.orders import helpers\n\n\ndef validate(order: object) -> None:\n    helpers.rename(order)\n",
            HELPERS: RENAME,
        },
    ),
    Attack(
        "DS023",
        "a serializer elsewhere",
        {
            "apps/core/forms.py": "from rest_framework import serializers as s\n\n\nclass OrderSerializer(s.Serializer):\n    def update(self, instance: object, data: object) -> object:\n        return data\n"
        },
    ),
    Attack(
        "DS024",
        "a helper",
        {
            SELECTORS: "from apps.orders import helpers\n\n\ndef order_get(order: object) -> object:\n    helpers.rename(order)\n    return order\n",
            HELPERS: RENAME,
        },
    ),
    Attack(
        "DS024",
        "a manager's method",
        {
            SELECTORS: "from apps.orders.models import Order\n\n\ndef order_get() -> Order:\n    return Order.objects.create_numbered()\n"
        },
    ),
    Attack(
        "DS024",
        "a model's method",
        {
            SELECTORS: "from apps.orders.models import Order\n\n\ndef order_get() -> Order:\n    order = Order.objects.get(pk=1)\n    order.close()\n    return order\n"
        },
    ),
    Attack(
        "DS025",
        "a helper that raises",
        {
            SERVICES: "from apps.orders import helpers\n\n\ndef order_get() -> None:\n    helpers.fail()\n",
            HELPERS: "from rest_framework.exceptions import NotFound\n\n\ndef fail() -> None:\n    raise NotFound\n",
        },
    ),
    Attack(
        "DS025",
        "an exception of another module",
        {
            SERVICES: "from apps.orders.names import Missing\n\n\ndef order_get() -> None:\n    raise Missing\n",
            "apps/orders/names.py": "from rest_framework.exceptions import NotFound as Missing\n",
        },
    ),
    Attack(
        "DS025",
        "an inherited exception",
        {
            SERVICES: "from apps.orders.names import Missing\n\n\ndef order_get() -> None:\n    raise Missing\n",
            "apps/orders/names.py": "from rest_framework.exceptions import NotFound\n\n\nclass Missing(NotFound):\n    pass\n",
        },
    ),
    Attack(
        "DS025",
        "a package's attribute",
        {
            SERVICES: "import rest_framework.exceptions\n\n\ndef order_get() -> None:\n    raise rest_framework.exceptions.NotFound\n"
        },
    ),
    Attack(
        "DS032",
        "a service of a helper",
        {
            SERIALIZERS: "from apps.orders import helpers\n\n\ndef validate() -> None:\n    helpers.close()\n",
            HELPERS: "from apps.orders import services\n\n\ndef close() -> None:\n    services.order_close(order=1)\n",
        },
    ),
    Attack(
        "DS032",
        "by a name",
        {
            SERIALIZERS: "from importlib import import_module\n\n\ndef validate() -> None:\n    import_module('apps.orders.services').order_close(order=1)\n"
        },
    ),
    Attack(
        "DS033",
        "a class in between",
        {
            VIEWS: "from apps.core.bases import Base\n\n\nclass OrderView(Base):\n    pass\n",
            "apps/core/bases.py": "from rest_framework.viewsets import ModelViewSet\n\n\nclass Base(ModelViewSet):\n    pass\n",
        },
    ),
    Attack(
        "DS033",
        "made by type",
        {
            VIEWS: "from rest_framework import viewsets\n\nOrderView = type('OrderView', (viewsets.ModelViewSet,), {})\n"
        },
    ),
    in_view(
        "DS031",
        "a helper of the view with a loop",
        "self.close(request)",
        "def close_all(orders: list[int]) -> None:\n    for order in orders:\n        del order\n",
    ),
]

DECLARATIONS: Final = [
    declared("an empty list", "permission_classes = []"),
    declared("an empty tuple", "permission_classes = ()"),
    declared("a call of tuple", "permission_classes = tuple()"),
    declared("a variable", "permission_classes = NOBODY", "NOBODY = ()\n"),
    declared(
        "a variable of another module",
        "permission_classes = NOBODY",
        "from apps.orders.names import NOBODY\n",
        names="NOBODY: list[type] = []\n",
    ),
    declared("borrowed from DRF", "permission_classes = APIView.permission_classes"),
    declared(
        "borrowed from the settings",
        "permission_classes = api_settings.DEFAULT_PERMISSION_CLASSES",
        "from rest_framework.settings import api_settings\n",
    ),
    declared("BasePermission", "permission_classes = (BasePermission,)"),
    declared(
        "AllowAny by another name",
        "permission_classes = (Members,)",
        "from rest_framework.permissions import AllowAny as Members\n",
    ),
    declared(
        "AllowAny in a variable",
        "permission_classes = (Members,)",
        "Members = AllowAny\n",
    ),
    declared(
        "AllowAny of another module",
        "permission_classes = (Members,)",
        "from apps.orders.permissions import Members\n",
        permissions="from rest_framework.permissions import AllowAny as Members\n",
    ),
    declared(
        "a subclass of AllowAny",
        "permission_classes = (Members,)",
        "class Members(permissions.AllowAny):\n    pass\n",
    ),
    declared(
        "a permission that says nothing",
        "permission_classes = (Members,)",
        "from apps.orders.permissions import Members\n",
        permissions="from rest_framework.permissions import BasePermission\n\n\nclass Members(BasePermission):\n    message = 'Members alone.'\n",
    ),
    declared(
        "a permission that is always true",
        "permission_classes = (Members,)",
        "from apps.orders.permissions import Members\n",
        permissions="from rest_framework.permissions import BasePermission\n\n\nclass Members(BasePermission):\n    def has_permission(self, request: object, view: object) -> bool:\n        return True\n",
    ),
    declared(
        "get_permissions that returns nothing",
        "permission_classes = (IsAuthenticated,)\n\ndef get_permissions(self) -> list[BasePermission]:\n    return []",
    ),
    declared(
        "get_permissions that opens",
        "permission_classes = (IsAuthenticated,)\n\ndef get_permissions(self) -> list[BasePermission]:\n    return [AllowAny()]",
    ),
    declared(
        "get_permissions by action",
        "permission_classes = (IsAuthenticated,)\n\ndef get_permissions(self) -> list[BasePermission]:\n    if self.request.method == 'GET':\n        return [AllowAny()]\n    return super().get_permissions()",
    ),
    declared(
        "an action",
        "permission_classes = (IsAuthenticated,)\n\n@action(detail=True, permission_classes=[])\ndef close(self, request: object) -> None:\n    del request",
        "from rest_framework.decorators import action\n",
    ),
    Attack(
        "DS058",
        "inherited from a base of another module",
        {
            VIEWS: "from apps.core.bases import Endpoint\n\n\nclass OrderView(Endpoint):\n    pass\n",
            "apps/core/bases.py": "from rest_framework.views import APIView as View\n\n\nclass Endpoint(View):\n    permission_classes = (1,)\n    authentication_classes = ()\n",
        },
    ),
    Attack(
        "DS058",
        "a mixin that is routed",
        {
            VIEWS: "from rest_framework.views import APIView\n\n\nclass OrderMixin(APIView):\n    def get(self, request: object) -> object:\n        return request\n",
            URLS: "from django.urls import path\n\nfrom apps.orders.views import OrderMixin\n\nurlpatterns = [path('x', OrderMixin.as_view())]\n",
        },
    ),
    Attack(
        "DS058",
        "a route",
        {
            VIEWS: VIEW.format(imports="", body="        del request"),
            URLS: "from django.urls import path\n\nfrom apps.orders import views\n\nurlpatterns = [path('x', views.OrderView.as_view(permission_classes=[]))]\n",
        },
    ),
    Attack(
        "DS058",
        "a route that opens",
        {
            VIEWS: VIEW.format(imports="", body="        del request"),
            URLS: "from django.urls import path\nfrom rest_framework.permissions import AllowAny\n\nfrom apps.orders import views\n\nurlpatterns = [path('x', views.OrderView.as_view(permission_classes=(AllowAny,)))]\n",
        },
    ),
    Attack(
        "DS058",
        "options of a route in a table",
        {
            VIEWS: VIEW.format(imports="", body="        del request"),
            URLS: "from django.urls import path\n\nfrom apps.orders import views\n\nOPTIONS = {'permission_classes': []}\nurlpatterns = [path('x', views.OrderView.as_view(**OPTIONS))]\n",
        },
    ),
    Attack(
        "DS058",
        "an empty decorator",
        {
            VIEWS: "from rest_framework.decorators import api_view, authentication_classes, permission_classes\n\n\n@api_view(['GET'])\n@authentication_classes([])\n@permission_classes([])\ndef orders(request: object) -> object:\n    return request\n"
        },
    ),
    Attack(
        "DS058",
        "a decorator that is called",
        {
            VIEWS: "from rest_framework.decorators import api_view\n\n\ndef orders(request: object) -> object:\n    return request\n\n\nview = api_view(['GET'])(orders)\n"
        },
    ),
    Attack(
        "DS058",
        "a plain function",
        {
            VIEWS: "from django.http import JsonResponse\n\n\ndef orders(request: object) -> JsonResponse:\n    return JsonResponse({})\n",
            URLS: "from django.urls import path\n\nfrom apps.orders import views\n\nurlpatterns = [path('x', views.orders)]\n",
        },
    ),
    Attack(
        "DS058",
        "a plain class",
        {
            VIEWS: "from django.http import JsonResponse\nfrom django.views import View\n\n\nclass Orders(View):\n    def get(self, request: object) -> JsonResponse:\n        return JsonResponse({})\n",
            URLS: "from django.urls import path\n\nfrom apps.orders import views\n\nurlpatterns = [path('x', views.Orders.as_view())]\n",
        },
    ),
    Attack(
        "DS058",
        "made by type",
        {
            VIEWS: "from rest_framework.views import APIView\n\nOrderView = type('OrderView', (APIView,), {})\n"
        },
    ),
    Attack(
        "DS058",
        "set from outside",
        {
            VIEWS: VIEW.format(imports="", body="        del request")
            + "\n\nOrderView.permission_classes = ()\n"
        },
    ),
    Attack(
        "DS062",
        "a variable",
        {
            VIEWS: VIEW.format(
                imports="NONE: tuple[type, ...] = ()", body="        del request"
            ).replace("    def post", "    throttle_classes = NONE\n\n    def post")
        },
    ),
    Attack(
        "DS062",
        "get_throttles",
        {
            VIEWS: VIEW.format(imports="", body="        del request")
            + "\n    def get_throttles(self) -> list[object]:\n        return []\n"
        },
    ),
    Attack(
        "DS062",
        "check_throttles",
        {
            VIEWS: VIEW.format(imports="", body="        del request")
            + "\n    def check_throttles(self, request: object) -> None:\n        del request\n"
        },
    ),
    Attack(
        "DS062",
        "a route",
        {
            VIEWS: VIEW.format(imports="", body="        del request"),
            URLS: "from django.urls import path\n\nfrom apps.orders import views\n\nurlpatterns = [path('x', views.OrderView.as_view(throttle_classes=()))]\n",
        },
    ),
    Attack(
        "DS062",
        "a throttle that allows",
        {
            VIEWS: VIEW.format(
                imports="from apps.core.throttling import Never",
                body="        del request",
            ).replace(
                "    def post", "    throttle_classes = (Never,)\n\n    def post"
            ),
            "apps/core/throttling.py": "from rest_framework.throttling import BaseThrottle\n\n\nclass Never(BaseThrottle):\n    def allow_request(self, request: object, view: object) -> bool:\n        return True\n",
        },
    ),
    Attack(
        "DS062",
        "a throttle without a rate",
        {
            VIEWS: VIEW.format(
                imports="from apps.core.throttling import Never",
                body="        del request",
            ).replace(
                "    def post", "    throttle_classes = (Never,)\n\n    def post"
            ),
            "apps/core/throttling.py": "from rest_framework.throttling import UserRateThrottle\n\n\nclass Never(UserRateThrottle):\n    rate = None\n",
        },
    ),
    Attack(
        "DS062",
        "a decorator",
        {
            VIEWS: "from rest_framework.decorators import throttle_classes\n\n\n@throttle_classes([])\ndef orders(request: object) -> object:\n    return request\n"
        },
    ),
]

META: Final = '''
from rest_framework import serializers
{imports}
from apps.orders.models import Order


class OrderSerializer(serializers.ModelSerializer):
    """An order."""

    class Meta{base}:
        """Fields."""

        model = Order
        {fields}
'''


def listed(
    shape: str, fields: str, imports: str = "", base: str = "", **more: str
) -> Attack:
    """Say what a serializer shows without listing it.

    Args:
        shape: How.
        fields: What ``Meta`` says.
        imports: What it imports.
        base: What ``Meta`` inherits.
        **more: Further files of the app, by their names.

    Returns:
        The attack.
    """
    text = META.format(imports=imports, base=base, fields=fields)
    files = {f"apps/orders/{name}.py": source for name, source in more.items()}
    return Attack("DS061", shape, {SERIALIZERS: text, **files})


FIELDS: Final = [
    listed("computed", "fields = [field.name for field in Order._meta.fields]"),
    listed(
        "a list of a generator",
        "fields = list(field.name for field in Order._meta.fields)",
    ),
    listed(
        "DRF's constant by alias",
        "fields = EVERY",
        "from rest_framework.serializers import ALL_FIELDS as EVERY",
    ),
    listed(
        "DRF's constant of another module",
        "fields = EVERY",
        "from apps.orders.names import EVERY",
        names="from rest_framework.serializers import ALL_FIELDS as EVERY\n",
    ),
    listed("a variable", "fields = NAMES", "NAMES = '__all__'"),
    listed("a composed string", "fields = '__' + 'all__'"),
    listed(
        "inherited",
        "ordering = 1",
        "from apps.orders.bases import Base",
        "(Base.Meta)",
        bases="from rest_framework import serializers\n\n\nclass Base(serializers.ModelSerializer):\n    class Meta:\n        fields = '__' 'all__'\n",
    ),
    listed(
        "a function",
        "fields = names()",
        "from apps.orders.names import names",
        names="def names() -> list[str]:\n    return ['id']\n",
    ),
    listed("exclude by a variable", "exclude = NAMES", "NAMES = ['id']"),
    listed("in a list", "fields = ['__all__']"),
    Attack(
        "DS061",
        "the Meta of another serializer",
        {
            "apps/orders/serializers/short.py": "from apps.orders.serializers.long import "
            "OrderSerializer\n\n\nclass ShortSerializer(OrderSerializer):\n    x = 1\n",
            "apps/orders/serializers/long.py": META.format(
                imports="", base="", fields="fields = ['id']"
            ),
        },
    ),
    Attack(
        "DS061",
        "set from outside",
        {
            SERIALIZERS: META.format(imports="", base="", fields="fields = ['id']")
            + "\n\nOrderSerializer.Meta.fields = '__all__'\n"
        },
    ),
    Attack(
        "DS061",
        "a Meta made by type",
        {
            SERIALIZERS: "from rest_framework import serializers\n\n\nclass OrderSerializer(serializers.ModelSerializer):\n    Meta = type('Meta', (), {'fields': '__all__'})\n"
        },
    ),
    Attack(
        "DS061",
        "a Meta of another class",
        {
            SERIALIZERS: "from rest_framework import serializers\n\n\nclass Whole:\n    fields = '__all__'\n\n\nclass OrderSerializer(serializers.ModelSerializer):\n    Meta = Whole\n"
        },
    ),
]

COUNT: Final = "from apps.orders.models import Order\n\n\ndef count() -> int:\n    return Order.objects.count()\n"

ASYNC: Final = [
    waits(
        "DS065",
        "a helper",
        "return helpers.count()",
        "from apps.orders import helpers",
        helpers=COUNT,
    ),
    waits(
        "DS065",
        "two helpers",
        "return outer.run()",
        "from apps.orders import outer",
        outer="from apps.orders import helpers\n\n\ndef run() -> int:\n    return helpers.count() + 1\n",
        helpers=COUNT,
    ),
    waits(
        "DS065",
        "a helper by alias",
        "return tell()",
        "from apps.orders.helpers import count as tell",
        helpers=COUNT,
    ),
    waits(
        "DS065",
        "a selector that queries",
        "return selectors.order_get(order_id=1)",
        SELECTOR,
    ),
    waits(
        "DS065",
        "a queryset of a selector",
        "return [o.pk for o in selectors.order_list()]",
        SELECTOR,
    ),
    waits(
        "DS065",
        "a queryset in a variable",
        "orders = selectors.order_list()\nreturn len(orders)",
        SELECTOR,
    ),
    waits(
        "DS065",
        "a helper's class",
        "return helpers.Counter().run()",
        "from apps.orders import helpers",
        helpers="from apps.orders.models import Order\n\n\nclass Counter:\n    def run(self) -> int:\n        return Order.objects.count()\n",
    ),
    waits(
        "DS065",
        "a service",
        "services.order_close(order=1)",
        "from apps.orders import services",
    ),
    waits(
        "DS065",
        "a model's method",
        "order = await Order.objects.aget(pk=1)\norder.close()",
        "from apps.orders.models import Order",
    ),
    waits(
        "DS065",
        "a property",
        "order = Basket()\nreturn order.total",
        "from apps.orders.models import Order\n\n\nclass Basket:\n    @property\n"
        "    def total(self) -> int:\n        return Order.objects.count()",
    ),
    waits(
        "DS065",
        "a bound method",
        "count = Order.objects.count\nreturn count()",
        "from apps.orders.models import Order",
    ),
    waits(
        "DS065",
        "a helper that is awaited",
        "return await helpers.later()",
        "from apps.orders import helpers",
        helpers="import asyncio\n\nfrom apps.orders.models import Order\n\n\nasync def later() -> int:\n    return Order.objects.count()\n",
    ),
    waits(
        "DS065",
        "a method of the same class",
        "return 1",
        "from apps.orders.models import Order\n\n\nclass Stream:\n    async def run(self) -> int:\n        return self.count()\n\n    def count(self) -> int:\n        return Order.objects.count()\n",
    ),
    waits(
        "DS065",
        "a nested function",
        "def count() -> int:\n    return Order.objects.count()\nreturn count()",
        "from apps.orders.models import Order",
    ),
    waits(
        "DS066",
        "the cache of a helper",
        "return helpers.known()",
        "from apps.orders import helpers",
        helpers="from django.core.cache import cache\n\n\ndef known() -> object:\n    return cache.get('x')\n",
    ),
    Attack(
        "DS066",
        "the cache by another name",
        {
            VIEWS: "from apps.core.store import store\n\n\nasync def f() -> object:\n    return store.get('x')\n",
            "apps/core/store.py": "from django.core.cache import caches\n\nstore = caches['default']\n",
        },
    ),
    waits(
        "DS066",
        "a library two calls away",
        "return outer.run()",
        "from apps.orders import outer",
        outer="from apps.orders import helpers\n\n\ndef run() -> object:\n    return helpers.load()\n",
        helpers="import requests\n\n\ndef load() -> object:\n    return requests.get('x', timeout=1)\n",
    ),
    waits(
        "DS066",
        "a session of a library",
        "return session.get('x')",
        "import requests\n\nsession = requests.Session()",
    ),
    waits("DS066", "sleep by alias", "pause(1)", "import time\n\npause = time.sleep"),
    waits(
        "DS066",
        "sleep in a lambda",
        "pause = lambda: time.sleep(1)\npause()",
        "import time",
    ),
    waits(
        "DS066", "a file", "return Path('x').read_text()", "from pathlib import Path"
    ),
    waits("DS066", "a socket", "return socket.socket()", "import socket"),
    waits("DS066", "urllib3", "return urllib3.request('GET', 'x')", "import urllib3"),
    Attack(
        "DS070",
        "a base of another module",
        {
            VIEWS: "from apps.core.bases import Endpoint\n\n\nclass OrderView(Endpoint):\n    async def get(self, request: object) -> object:\n        return request\n",
            "apps/core/bases.py": "from rest_framework.views import APIView\n\n\nclass Endpoint(APIView):\n    pass\n",
        },
    ),
    Attack(
        "DS070",
        "an assigned handler",
        {
            VIEWS: "from rest_framework.views import APIView\n\n\nasync def answer(self: object, request: object) -> object:\n    return request\n\n\nclass OrderView(APIView):\n    get = answer\n"
        },
    ),
]

ERRORS: Final = [
    Attack(
        "DS076",
        "a variable",
        {
            VIEWS: FAIL.format(
                body="    code = 400\n    return JsonResponse({'a': 1}, status=code)"
            )
        },
    ),
    Attack(
        "DS076",
        "a constant of another module",
        {
            VIEWS: "from apps.orders.names import BAD\n"
            + FAIL.format(body="    return JsonResponse({'a': 1}, status=BAD)"),
            "apps/orders/names.py": "from http import HTTPStatus\n\nBAD = HTTPStatus.BAD_REQUEST\n",
        },
    ),
    Attack(
        "DS076",
        "DRF's constant",
        {
            VIEWS: VIEW.format(
                imports="from rest_framework import status",
                body="        if request:\n            return Response({'a': 1}, status.HTTP_409_CONFLICT)",
            )
        },
    ),
    Attack(
        "DS076",
        "a class",
        {
            VIEWS: "from django.http import HttpResponseBadRequest\n"
            + FAIL.format(body="    return HttpResponseBadRequest('no')")
        },
    ),
    Attack(
        "DS076",
        "a class by alias",
        {
            VIEWS: "from django import http\n\nRefusal = http.HttpResponseForbidden\n"
            + FAIL.format(body="    return Refusal('no')")
        },
    ),
    Attack(
        "DS076",
        "a number that is made",
        {
            VIEWS: "from http import HTTPStatus\n"
            + FAIL.format(body="    return JsonResponse({}, status=HTTPStatus(400))")
        },
    ),
    Attack(
        "DS076",
        "a handler of its own",
        {
            VIEWS: VIEW.format(imports="", body="        del request")
            + "\n    def handle_exception(self, exc: Exception) -> Response:\n"
            "        return Response({'message': 'x'})\n"
        },
    ),
    Attack(
        "DS076",
        "set later",
        {
            VIEWS: FAIL.format(
                body="    answer = JsonResponse({'a': 1})\n    answer.status_code = 422\n    return answer"
            )
        },
    ),
    Attack(
        "DS076",
        "a helper",
        {
            VIEWS: "from apps.orders import helpers\n"
            + FAIL.format(body="    return helpers.refuse()"),
            HELPERS: "from django.http import JsonResponse\n\n\ndef refuse() -> JsonResponse:\n    return JsonResponse({'a': 1}, status=404)\n",
        },
    ),
    Attack(
        "DS076",
        "a conditional",
        {
            VIEWS: FAIL.format(
                body="    return JsonResponse({'a': 1}, status=200 if request else 500)"
            )
        },
    ),
    Attack(
        "DS076",
        "options in a table",
        {
            VIEWS: FAIL.format(
                body="    options = {'status': 400}\n    return JsonResponse({'a': 1}, **options)"
            )
        },
    ),
    Attack(
        "DS076",
        "a subclass",
        {
            VIEWS: "class Refused(JsonResponse):\n    status_code = 400\n".join(
                [
                    "from django.http import JsonResponse\n\n\n",
                    "\n\nasync def ping(request: object) -> JsonResponse:\n    return Refused({'a': 1})\n",
                ]
            )
        },
    ),
]

CAUGHT: Final = '''
from django.http import JsonResponse
from rest_framework.response import Response
{imports}

def ping(request: object) -> JsonResponse:
    """Answer."""
    try:
        value = int("1")
    except ValueError as error:
{body}
    return JsonResponse({{"value": value}})
'''


def caught(shape: str, body: str, imports: str = "", **more: str) -> Attack:
    """Tell a client what an exception says.

    Args:
        shape: How.
        body: What handles the exception.
        imports: What it imports.
        **more: Further files of the app, by their names.

    Returns:
        The attack.
    """
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    text = CAUGHT.format(imports=imports, body=lines.rstrip())
    files = {f"apps/orders/{name}.py": source for name, source in more.items()}
    return Attack("DS077", shape, {VIEWS: text, **files})


TOLD: Final = [
    caught("a variable", "text = str(error)\nreturn JsonResponse({'detail': text})"),
    caught(
        "two variables",
        "text = str(error)\nbody = {'detail': text}\nreturn JsonResponse(body)",
    ),
    caught(
        "a table that is filled",
        "body = {}\nbody['detail'] = str(error)\nreturn JsonResponse(body)",
    ),
    caught(
        "a table that is updated",
        "body = {}\nbody.update(detail=str(error))\nreturn JsonResponse(body)",
    ),
    caught("args", "first, *_ = error.args\nreturn JsonResponse({'detail': first})"),
    caught("after the handler", "text = f'{error}'\nvalue = text"),
    caught(
        "a helper that answers",
        "return refuse(error)",
        "def refuse(error: Exception) -> JsonResponse:\n    return JsonResponse({'detail': str(error)})\n",
    ),
    caught(
        "a helper of another module",
        "return helpers.refuse(error)",
        "from apps.orders import helpers\n",
        helpers="from django.http import JsonResponse\n\n\ndef refuse(error: Exception) -> JsonResponse:\n    return JsonResponse({'detail': str(error)})\n",
    ),
    caught(
        "a helper that describes",
        "return JsonResponse({'detail': describe(error)})",
        "def describe(error: Exception) -> str:\n    return str(error)\n",
    ),
    caught(
        "the body of an answer",
        "answer = Response({})\nanswer.data = {'detail': str(error)}\nreturn answer",
    ),
    caught(
        "sys.exc_info",
        "del error\nreturn JsonResponse({'detail': str(sys.exc_info()[1])})",
        "import sys\n",
    ),
    caught(
        "sys.exception",
        "del error\nreturn JsonResponse({'detail': str(sys.exception())})",
        "import sys\n",
    ),
    caught(
        "a stack trace in a variable",
        "del error\ntext = traceback.format_exc()\nreturn JsonResponse({'detail': text})",
        "import traceback\n",
    ),
    caught(
        "a stack trace by alias",
        "del error\nreturn JsonResponse({'detail': trace()})",
        "from traceback import format_exc as trace\n",
    ),
    caught(
        "a traceback object",
        "return JsonResponse({'detail': TracebackException.from_exception(error).format()})",
        "from traceback import TracebackException\n",
    ),
    caught(
        "raised on",
        "raise ParseError(str(error)) from error",
        "from rest_framework.exceptions import ParseError\n",
    ),
    caught(
        "raised on through a variable",
        "text = str(error)\nraise APIException(detail=text) from error",
        "from rest_framework.exceptions import APIException\n",
    ),
    caught(
        "a streaming answer",
        "return StreamingHttpResponse([str(error)])",
        "from django.http import StreamingHttpResponse\n",
    ),
    caught("a header", "return JsonResponse({}, headers={'X-Why': str(error)})"),
    Attack(
        "DS077",
        "the handler's argument",
        {
            "apps/core/exceptions.py": "from rest_framework.response import Response\n\n\ndef handle(exc: Exception, context: object) -> Response:\n    return Response({'detail': str(exc)})\n"
        },
    ),
    Attack(
        "DS078",
        "an alias",
        {SERVICES: "log = print\n\n\ndef f() -> None:\n    log('x')\n"},
    ),
    Attack(
        "DS078",
        "builtins",
        {
            SERVICES: "import builtins\n\n\ndef f() -> None:\n    getattr(builtins, 'print')('x')\n"
        },
    ),
    Attack(
        "DS078", "pprint", {SERVICES: "from pprint import pprint as show\n\nshow(1)\n"}
    ),
    Attack(
        "DS078", "standard output", {SERVICES: "import sys\n\nsys.stdout.write('x')\n"}
    ),
    Attack(
        "DS078",
        "standard output in a variable",
        {SERVICES: "from sys import stderr as out\n\nwrite = out.write\nwrite('x')\n"},
    ),
    Attack(
        "DS078",
        "the configuration",
        {"config/startup.py": "import sys\n\nsys.stdout.write('x')\n"},
    ),
    Attack(
        "DS078",
        "a helper of the core",
        {
            SERVICES: "from apps.core.tell import tell\n\ntell('x')\n",
            "apps/core/tell.py": "tell = print\n",
        },
    ),
    Attack(
        "DS078",
        "a default",
        {
            SERVICES: "from collections.abc import Callable\n\n\ndef f(write: Callable[[str], None] = print) -> None:\n    write('x')\n"
        },
    ),
    Attack(
        "DS079",
        "a variable",
        {
            SERVICES: "import logging\n\nNAME = 'orders'\nlogger = logging.getLogger(NAME)\n"
        },
    ),
    Attack(
        "DS079",
        "a constant of another module",
        {
            SERVICES: "import logging\n\nfrom apps.orders.names import NAME\n\nlogger = logging.getLogger(NAME)\n",
            "apps/orders/names.py": "NAME = __name__\n",
        },
    ),
    Attack(
        "DS079",
        "a class",
        {SERVICES: "import logging\n\nlogger = logging.Logger(__name__)\n"},
    ),
    Attack(
        "DS079",
        "a child",
        {
            SERVICES: "import logging\n\nlogger = logging.getLogger(__name__).getChild('x')\n"
        },
    ),
    Attack(
        "DS079",
        "an imported logger",
        {
            SERVICES: "from apps.orders.helpers import logger\n\n\ndef f() -> None:\n    logger.info('x')\n",
            HELPERS: "import logging\n\nlogger = logging.getLogger(__name__)\n",
        },
    ),
    Attack(
        "DS079",
        "a composed name",
        {SERVICES: "import logging\n\nlogger = logging.getLogger(f'{__name__}.x')\n"},
    ),
    Attack(
        "DS079",
        "the module's package",
        {SERVICES: "import logging\n\nlogger = logging.getLogger(__package__)\n"},
    ),
    Attack(
        "DS079", "the root", {SERVICES: "import logging\n\nlogging.root.info('x')\n"}
    ),
    Attack(
        "DS079",
        "a manager",
        {
            SERVICES: "import logging\n\nlogger = logging.Logger.manager.getLogger('x')\n"
        },
    ),
    Attack(
        "DS079",
        "by its name",
        {
            SERVICES: "from importlib import import_module\n\nlogger = import_module('logging').getLogger('x')\n"
        },
    ),
]

ATTACKS: Final = [*DATA, *DECLARATIONS, *FIELDS, *ASYNC, *ERRORS, *TOLD]
