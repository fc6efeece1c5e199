"""The database itself guards samples."""

import pytest
from apps.samples import models
from apps.samples.models import Sample
from apps.samples.tests.factories import SampleFactory
from django.db import IntegrityError

pytestmark = pytest.mark.django_db


def test_it_has_a_name() -> None:
    """The admin site shows it."""
    sample = SampleFactory.create()
    # >>> name test


# >>> model tests
