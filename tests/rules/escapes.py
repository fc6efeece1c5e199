"""What no rule sees, and why: each is tried, so that the list stays true."""

from typing import Final

from tests.rules.attacks import SELECTOR, SERVICES, Attack, declared, in_view, waits

ESCAPES: Final[list[tuple[Attack, str]]] = [
    (
        in_view(
            "DS020",
            "a name that is known at run time alone",
            "order = selectors.order_get(order_id=1)\n"
            "getattr(order, request.data['method'])()",
            SELECTOR,
        ),
        "nothing says which method it is; a reviewer sees `getattr` with a client's word",
    ),
    (
        in_view("DS020", "code in a string", "eval('request' + '.user.delete()')"),
        "the string is not read; ruff S307 and S102 forbid `eval` and `exec`",
    ),
    (
        in_view(
            "DS020",
            "a row's dictionary",
            "order = selectors.order_get(order_id=1)\nvars(order)['amount'] = 3",
            SELECTOR,
        ),
        "no attribute is set; nothing is stored until a service saves the row",
    ),
    (
        in_view(
            "DS020",
            "a row in an untyped container",
            "box = {'order': selectors.order_get(order_id=1)}\nbox['order'].close()",
            SELECTOR,
        ),
        "what lies in dictionaries and lists is not followed; `save()` on it is found",
    ),
    (
        in_view(
            "DS020",
            "a helper in a table of another module",
            "helpers.ACTIONS['close'](request.user)",
            "from apps.orders import helpers",
            helpers="from apps.orders import services\n\n\n"
            "def close(order: object) -> None:\n"
            "    services.order_close(order=order)\n    order.close()\n\n\n"
            "ACTIONS = {'close': close}\n",
        ),
        "what lies in dictionaries is not followed; DS022 finds a write in the helper "
        "that is one by itself",
    ),
    (
        declared(
            "a permission that computes its yes",
            "permission_classes = (Members,)",
            "from apps.orders.permissions import Members\n",
            permissions="from rest_framework.permissions import BasePermission\n\n\n"
            "class Members(BasePermission):\n"
            "    def has_permission(self, request: object, view: object) -> bool:\n"
            "        return request is not view\n",
        ),
        "nothing is computed; a constant answer is found",
    ),
    (
        Attack(
            "DS065",
            "a lazy relation",
            {
                SERVICES: "from apps.orders.models import Order\n\n\n"
                "async def order_mail() -> str:\n"
                "    order = await Order.objects.aget(pk=1)\n"
                "    return order.owner.email\n"
            },
        ),
        "reading a relation may or may not query; Django raises SynchronousOnlyOperation",
    ),
    (
        waits(
            "DS066",
            "a library that is not known to block",
            "return client.fetch()",
            "import unknown\n\nclient = unknown.Client()",
        ),
        "the list of blocking libraries is a list; ruff's ASYNC family adds its own",
    ),
]
