"""Samples for tests."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from apps.samples.domain import SampleValues
from apps.samples.models import Sample
from factory.declarations import SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

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
    # >>> factory


def sample_values() -> SampleValues:
    """Return what the services take."""
    return SampleValues(
        # >>> python values
    )


def sample_json(**changes: object) -> dict[str, Any]:
    """Return what a client sends, with changes."""
    return {
        # >>> json values
        **changes,
    }
