"""Realistic code that must stay green: what would make a checker cry wolf."""

from typing import Final

GOOD_CODE: Final[dict[str, tuple[str, str]]] = {
    "a service with a transaction": (
        "apps/orders/services.py",
        '''
"""Changing orders."""

from django.db import transaction

from apps.orders.domain import OrderClosedError
from apps.orders.models import Order
from apps.orders.tasks import send_receipt


@transaction.atomic
def order_close(*, order: Order) -> Order:
    """Close an order; its receipt is mailed if the change is stored."""
    if order.closed_at is not None:
        raise OrderClosedError
    order.close()
    order.full_clean()
    order.save(update_fields=["closed_at"])
    send_receipt.enqueue(order_id=order.pk)
    return order
''',
    ),
    "a service with bulk writes and the cache": (
        "apps/orders/services.py",
        '''
"""Importing orders."""

import logging

from django.core.cache import cache

from apps.orders.models import Order

logger = logging.getLogger(__name__)


def orders_import(*, rows: list[dict[str, int]]) -> int:
    """Store many orders at once."""
    orders = Order.objects.bulk_create([Order(**row) for row in rows])
    cache.delete("orders")
    logger.info("Imported %s orders.", len(orders))
    return len(orders)
''',
    ),
    "an async service": (
        "apps/orders/services.py",
        '''
"""Asking a carrier."""

import asyncio

from asgiref.sync import sync_to_async
from django.core.cache import cache

from apps.orders import selectors
from apps.orders.models import Order


async def order_track(*, order_id: int) -> str:
    """Find out where an order is."""
    known = await cache.aget(f"order-{order_id}")
    if known:
        return str(known)
    order = await Order.objects.select_related("carrier").aget(pk=order_id)
    async for event in order.events.filter(done=False):
        await event.adelete()
    total = await sync_to_async(selectors.order_count)()
    await asyncio.sleep(0)
    paths = [name for name in ("a", "b") if name]
    return f"{total} {paths}"
''',
    ),
    "selectors with aggregates": (
        "apps/orders/selectors.py",
        '''
"""Reading orders."""

from django.db.models import Count, Prefetch, Q, QuerySet

from apps.core.domain import NotFoundError
from apps.orders.models import Order


def order_list(*, customer_id: int) -> QuerySet[Order]:
    """List a customer's orders with the number of their lines."""
    return (
        Order.objects.filter(Q(customer_id=customer_id) | Q(shared=True))
        .exclude(status="deleted")
        .annotate(lines=Count("line"))
        .prefetch_related(Prefetch("line_set"))
        .order_by("-created_at")
    )


def order_get(*, order_id: int) -> Order:
    """Find an order."""
    try:
        return order_list(customer_id=1).get(pk=order_id)
    except Order.DoesNotExist as error:
        raise NotFoundError from error
''',
    ),
    "views": (
        "apps/orders/views.py",
        '''
"""HTTP for orders."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.orders import selectors, services
from apps.orders.serializers import OrderSerializer

if TYPE_CHECKING:
    from rest_framework.request import Request

    from apps.orders.models import Order


class OrderView(APIView):
    """One order."""

    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (IsAuthenticated,)

    def get(self, request: "Request", order_id: int) -> Response:
        """Show an order."""
        del request
        order = selectors.order_get(order_id=order_id)
        return Response(OrderSerializer(order).data)

    def put(self, request: "Request", order_id: int) -> Response:
        """Replace an order."""
        order = selectors.order_get(order_id=order_id)
        serializer = OrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        changed: Order = services.order_update(order=order, **serializer.validated_data)
        return Response(OrderSerializer(changed).data, status=HTTPStatus.OK)

    def delete(self, request: "Request", order_id: int) -> Response:
        """Delete an order."""
        services.order_delete(order_id=order_id, by=request.user.pk)
        headers = {"X-Deleted": str(order_id)}
        headers.update({"X-Kind": "order"})
        return Response(status=HTTPStatus.NO_CONTENT, headers=headers)
''',
    ),
    "an async Django view": (
        "apps/orders/views.py",
        '''
"""Plain views."""

import asyncio
from typing import TYPE_CHECKING

from django.http import JsonResponse

if TYPE_CHECKING:
    from django.http import HttpRequest


async def stock(request: "HttpRequest") -> JsonResponse:
    """Ask two warehouses at the same time."""
    names = request.GET.getlist("name")
    answers = await asyncio.gather(*(asyncio.sleep(0, name) for name in names))
    return JsonResponse({"answers": list(answers), "count": len(names)})
''',
    ),
    "a model with its own manager": (
        "apps/orders/models.py",
        '''
"""Orders."""

from typing import ClassVar, override

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models


class OrderManager(models.Manager["Order"]):
    """Creates orders with their number."""

    def create_numbered(self, **fields: object) -> "Order":
        """Create an order."""
        order = self.model(**fields)
        order.save(using=self._db)
        return order


class Order(models.Model):
    """What somebody bought."""

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    amount = models.PositiveIntegerField()

    objects: ClassVar[OrderManager] = OrderManager()

    @override
    def save(self, *args: object, **kwargs: object) -> None:
        """Store the order with a clean amount."""
        self.full_clean()
        super().save(*args, **kwargs)

    @override
    def clean(self) -> None:
        """Check what no single field can check."""
        super().clean()
        if self.amount > 1000 and self.customer_id is None:
            raise ValidationError("Large orders need a customer.")
''',
    ),
    "serializers with relations": (
        "apps/orders/serializers.py",
        '''
"""What clients send and receive."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from apps.orders.models import Order


class OrderSerializer(serializers.ModelSerializer[Order]):
    """An order."""

    parent = serializers.PrimaryKeyRelatedField(queryset=Order.objects.all())
    number = serializers.CharField(
        validators=[UniqueValidator(queryset=Order.objects.all())]
    )

    class Meta:
        """Fields."""

        model = Order
        fields: ClassVar[list[str]] = ["id", "parent", "number"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check two fields together."""
        attrs.update(number=attrs["number"].strip())
        return attrs
''',
    ),
    "an admin": (
        "apps/orders/admin.py",
        '''
"""Orders in the admin site."""

from django.contrib import admin

from apps.orders.models import Order


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin[Order]):
    """Orders."""

    list_display = ("number", "amount")
    fields = ("number", "amount")

    def get_queryset(self, request: object) -> object:
        """Load customers along."""
        return super().get_queryset(request).select_related("customer")

    def save_model(self, request: object, obj: Order, form: object, change: bool) -> None:
        """Store an order."""
        super().save_model(request, obj, form, change)
''',
    ),
    "middleware in both ways": (
        "apps/core/timing.py",
        '''
"""Timing."""

from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def timing(get_response: object) -> object:
    """Time requests."""

    async def asynchronous(request: object) -> object:
        """Await the answer."""
        return await get_response(request)

    return asynchronous


class Application:
    """An ASGI application, which is no middleware."""

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        """Serve."""
        await send({"scope": scope, "receive": receive})
''',
    ),
    "protocols, overloads and exceptions": (
        "apps/orders/domain.py",
        '''
"""What the business knows."""

import abc
from typing import ClassVar, Protocol, overload

from apps.core.domain import DomainError

TODOIST = "a name that is no marker"
NAMES = tuple[str, ...]


class OrderClosedError(DomainError):
    """The order is closed already: a closed order is hacked by nobody."""

    code: ClassVar[str] = "order_closed"


class Carrier(Protocol):
    """Somebody who ships."""

    def ship(self, number: str) -> str:
        """Ship a parcel."""


class Base(abc.ABC):
    """A carrier."""

    @abc.abstractmethod
    def price(self) -> int:
        """Name the price."""


@overload
def parse(value: str) -> str: ...
@overload
def parse(value: int) -> int: ...
def parse(value: str | int) -> str | int:
    """Parse a value."""
    return value


def compare(one: object) -> object:
    """Compare, and wait ... no: the rest is said elsewhere."""
    return NotImplemented if one is None else one
''',
    ),
    "an error handler that logs": (
        "apps/orders/errors.py",
        '''
"""Answers to errors."""

import logging
from http import HTTPStatus

from django.http import JsonResponse

logger = logging.getLogger(__name__)


def answer() -> JsonResponse:
    """Answer without internals."""
    try:
        value = int("1")
    except ValueError as error:
        logger.warning("Cannot parse: %s", error)
        return JsonResponse({"detail": "Malformed."}, status=HTTPStatus.BAD_REQUEST)
    return JsonResponse({"value": value, "path": "caf\\u00e9"})
''',
    ),
    "tests with factories and foreign data": (
        "apps/orders/tests/test_services.py",
        '''
"""Tests of the services."""

import pytest

from apps.orders import services
from apps.orders.models import Order
from apps.orders.tests.factories import OrderFactory


@pytest.mark.django_db
def test_a_name_in_any_script_is_stored() -> None:
    """It comes back as it was."""
    order = services.order_create(title="Заказ на сегодня")
    assert Order.objects.get(pk=order.pk).title == "Заказ на сегодня"
    OrderFactory.create_batch(3)
    Order.objects.filter(pk=order.pk).update(title="x")
    order.refresh_from_db()
    order.delete()
''',
    ),
    "English with names and formulas": (
        "apps/orders/pricing.py",
        '''
"""Prices after Müller and Gödel: π is about 3, and a naïve sum is not enough.

Com and die are English words too; in der Waerden's book the sum is one.
"""

# The café's price, in euros: €3, or 3 * 1 µm.
PRICE = 3
''',
    ),
    "a command": (
        "apps/orders/management/commands/close_orders.py",
        '''
"""Close old orders."""

from django.core.management.base import BaseCommand

from apps.orders import selectors, services


class Command(BaseCommand):
    """Closes what is older than a month."""

    help = "Close old orders"

    def handle(self, *args: object, **options: object) -> None:
        """Run the command."""
        for order in selectors.order_list():
            services.order_close(order=order)
        self.stdout.write("Done ...")
''',
    ),
}
