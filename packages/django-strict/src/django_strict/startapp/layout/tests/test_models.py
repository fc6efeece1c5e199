"""The database itself guards samples."""

import pytest
from apps.samples.models import MAX_QUANTITY, Sample
from apps.samples.tests.factories import SampleFactory
from django.db import IntegrityError

pytestmark = pytest.mark.django_db


def test_it_is_named_by_its_title() -> None:
    """The admin site shows the title."""
    assert str(SampleFactory.build(title="Books")) == "Books"


def test_a_title_is_taken_once_for_each_owner() -> None:
    """Two owners may use the same one."""
    first = SampleFactory.create(title="Books")
    SampleFactory.create(title="Books")
    again = SampleFactory.build(owner=first.owner, title="Books")
    with pytest.raises(IntegrityError, match="samples_sample_owner_title_unique"):
        Sample.objects.bulk_create([again])


def test_a_title_is_never_empty() -> None:
    """Whatever code writes it."""
    sample = SampleFactory.create()
    with pytest.raises(IntegrityError, match="samples_sample_title_not_empty"):
        Sample.objects.filter(pk=sample.pk).update(title="")


@pytest.mark.parametrize("quantity", [0, MAX_QUANTITY + 1])
def test_a_quantity_stays_in_range(quantity: int) -> None:
    """Whatever code writes it."""
    sample = SampleFactory.create()
    with pytest.raises(IntegrityError, match="samples_sample_quantity_in_range"):
        Sample.objects.filter(pk=sample.pk).update(quantity=quantity)
