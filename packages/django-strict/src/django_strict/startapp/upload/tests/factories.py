"""Samples for tests."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from apps.samples.domain import SampleValues
from apps.samples.models import Sample
from factory.declarations import SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory, FileField

from apps.users.tests.factories import UserFactory

# >>> factory imports
if TYPE_CHECKING:
    from apps.users.models import User

    BaseFactory = DjangoModelFactory[Sample]
else:
    BaseFactory = DjangoModelFactory


class SampleFactory(BaseFactory):
    """One that an account of its own owns."""

    class Meta:
        """Options."""

        model = Sample

    owner = SubFactory(UserFactory)
    name = Sequence(lambda number: f"sample {number}.txt")
    file = FileField(data=b"some text")
    size = 9
    # >>> factory


# >>> value maker
