"""Changing samples."""

from typing import TYPE_CHECKING

import pytest
from apps.samples import services
from apps.samples.domain import TitleTakenError
from apps.samples.models import Sample
from apps.samples.tests.factories import SampleFactory
from django.core.exceptions import ObjectNotUpdated, ValidationError

if TYPE_CHECKING:
    from apps.users.models import User

pytestmark = pytest.mark.django_db


def test_it_is_created_for_its_owner(user: "User") -> None:
    """All values are stored."""
    sample = services.sample_create(owner_id=user.pk, title="Books", quantity=3)
    sample.refresh_from_db()
    assert (sample.owner, sample.title, sample.quantity) == (user, "Books", 3)


def test_a_taken_title_is_refused(user: "User") -> None:
    """Nothing is stored."""
    SampleFactory.create(owner=user, title="Books")
    with pytest.raises(TitleTakenError):
        services.sample_create(owner_id=user.pk, title="Books", quantity=1)
    assert Sample.objects.count() == 1


def test_a_value_out_of_range_is_refused(user: "User") -> None:
    """The error names the field."""
    with pytest.raises(ValidationError) as caught:
        services.sample_create(owner_id=user.pk, title="Books", quantity=0)
    assert "quantity" in caught.value.message_dict


def test_it_is_changed() -> None:
    """Both values, and nothing else."""
    sample = SampleFactory.create()
    services.sample_update(sample=sample, title="Pens", quantity=7)
    sample.refresh_from_db()
    assert (sample.title, sample.quantity) == ("Pens", 7)


def test_one_that_is_deleted_meanwhile_does_not_come_back() -> None:
    """Its change is refused."""
    sample = SampleFactory.create()
    services.sample_delete(sample=Sample.objects.get())
    with pytest.raises(ObjectNotUpdated):
        services.sample_update(sample=sample, title="Pens", quantity=7)
    assert not Sample.objects.exists()


def test_it_is_deleted() -> None:
    """For good."""
    services.sample_delete(sample=SampleFactory.create())
    assert not Sample.objects.exists()
