"""What breaks a rule breaks it under another name, too; and what is good stays good."""

import ast
from typing import TYPE_CHECKING, Final

import pytest

from django_strict.rules.engine import check_files
from tests.rules.attacks import ATTACKS
from tests.rules.escapes import ESCAPES
from tests.rules.test_source_rules import SOURCE_RULES
from tests.rules.variants import TRANSFORMATIONS

if TYPE_CHECKING:
    from django_strict.rules.model import Rule
    from tests.rules.attacks import Attack
    from tests.rules.variants import Files, Transformation

# Files that the examples speak of.
AROUND: Final = {
    "apps/__init__.py": '"""Apps."""\n',
    "apps/orders/__init__.py": '"""Orders."""\n',
    "apps/orders/models.py": '''"""Orders."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class OrderManager(models.Manager["Order"]):
    """Creates orders with their number."""

    def create_numbered(self, **fields: object) -> "Order":
        """Create an order."""
        order = self.model(**fields)
        order.save(using=self._db)
        return order


class Tag(models.Model):
    """A tag."""


class Order(models.Model):
    """An order."""

    amount = models.PositiveIntegerField()
    open = models.BooleanField(default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="orders"
    )
    tags = models.ManyToManyField(Tag)

    objects: ClassVar[OrderManager] = OrderManager()

    def close(self) -> None:
        """Close it."""
        self.open = False
        self.save()
''',
    "apps/orders/selectors.py": '''"""Reading orders."""

from typing import TYPE_CHECKING

from apps.orders.models import Order

if TYPE_CHECKING:
    from django.db.models import QuerySet


def order_list() -> "QuerySet[Order]":
    """List orders."""
    return Order.objects.filter(open=True)


def order_get(*, order_id: int) -> Order:
    """Find an order."""
    return Order.objects.get(pk=order_id)
''',
    "apps/orders/serializers.py": '''"""What clients send."""

from typing import ClassVar

from rest_framework import serializers

from apps.orders.models import Order


class OrderSerializer(serializers.ModelSerializer[Order]):
    """An order."""

    class Meta:
        """Fields."""

        model = Order
        fields: ClassVar[list[str]] = ["id", "amount"]
''',
    "apps/orders/services.py": '''"""Changing orders."""

from apps.orders.models import Order


def order_close(*, order: Order) -> Order:
    """Close an order."""
    order.open = False
    order.save()
    return order
''',
}


# What is good in one place and says less in another.
OTHERWISE: Final = {
    # A class that only passes on what it inherits declares nothing itself.
    ("DS058", "class between"),
    # pytest sees a test neither inside a function nor in a file of another name.
    ("DS034", "inside a function"),
    ("DS034", "functions elsewhere"),
}


def broken(files: "Files") -> set[str]:
    """Judge files among those that they speak of.

    Args:
        files: Their content by path.

    Returns:
        Ids of the rules that they break.
    """
    return {finding.rule for finding in check_files({**AROUND, **files})}


def variants() -> list[tuple["Rule", "Transformation", "Files", "Files"]]:
    """Write every rule's examples in every other way.

    Returns:
        Rule, transformation, the files of the bad example and those of the good one.
    """
    found = []
    for rule in SOURCE_RULES:
        if rule.id not in broken({rule.where: ast.unparse(ast.parse(rule.bad))}):
            # A matter of comments, not of names.
            continue
        for transformation in TRANSFORMATIONS:
            bad = transformation.apply(rule.where, rule.bad)
            good = transformation.apply(rule.where, rule.good)
            if bad:
                found.append((rule, transformation, bad, good or {}))
    return found


VARIANTS: Final = variants()


@pytest.mark.parametrize(
    ("rule", "transformation", "bad", "good"),
    [
        pytest.param(
            *variant,
            id=f"{variant[0].id}-as-{variant[1].name.replace(' ', '-')}",
            marks=pytest.mark.proves(variant[0].id),
        )
        for variant in VARIANTS
    ],
)
def test_the_same_breach_written_otherwise_is_found(
    rule: "Rule", transformation: "Transformation", bad: "Files", good: "Files"
) -> None:
    """The rule is red for its bad example and green for its good one, however written."""
    assert rule.id in broken(bad), bad
    if (rule.id, transformation.name) not in OTHERWISE:
        assert rule.id not in broken(good), good


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(
            attack,
            id=f"{attack.rule}-{attack.shape.replace(' ', '-')}",
            marks=pytest.mark.proves(attack.rule),
        )
        for attack in ATTACKS
    ],
)
def test_a_breach_that_hides_behind_a_name_is_found(attack: "Attack") -> None:
    """Whatever road leads to it."""
    assert attack.rule in broken(attack.files), attack.files


def test_what_a_breach_hides_behind_breaks_nothing_itself() -> None:
    """The files that attacks speak of are green."""
    assert broken({}) == set()


@pytest.mark.parametrize(
    "escape", [one for one, _ in ESCAPES], ids=lambda one: one.shape
)
def test_what_is_said_to_escape_does(escape: "Attack") -> None:
    """A hole that was closed leaves the list."""
    assert escape.rule not in broken(escape.files)


def test_a_finding_tells_the_way_there() -> None:
    """From the view, through the helper, to the query."""
    (attack,) = [one for one in ATTACKS if one.shape == "a helper of a helper"]
    found = check_files({**AROUND, **attack.files})
    assert "view -> outer.run -> helpers.rename -> Order.objects.filter" in " ".join(
        one.message for one in found
    )
