"""Samples for tests."""

from typing import TYPE_CHECKING

from apps.samples.models import Sample
from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory

from apps.users.tests.factories import UserFactory

if TYPE_CHECKING:
    BaseFactory = DjangoModelFactory[Sample]
else:
    BaseFactory = DjangoModelFactory


class SampleFactory(BaseFactory):
    """One that an account of its own owns."""

    class Meta:
        """Options."""

        model = Sample

    owner = SubFactory(UserFactory)
    title = Sequence(lambda number: f"Sample {number}")
    quantity = 1
