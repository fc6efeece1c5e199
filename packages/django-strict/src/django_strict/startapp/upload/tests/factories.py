"""Samples for tests."""

from typing import TYPE_CHECKING

from apps.samples.models import Sample
from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory, FileField

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
    name = Sequence(lambda number: f"sample {number}.txt")
    file = FileField(data=b"some text")
    size = 9
