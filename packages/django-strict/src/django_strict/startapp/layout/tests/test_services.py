"""Changing samples."""

from typing import TYPE_CHECKING

import pytest
from apps.samples import services
from apps.samples.models import Sample
from apps.samples.tests.factories import SampleFactory, sample_values
from django.core.exceptions import ObjectNotUpdated

# >>> service test imports
if TYPE_CHECKING:
    from apps.users.models import User

pytestmark = pytest.mark.django_db


def test_it_is_created_for_its_owner(user: "User") -> None:
    """All values are stored."""
    values = sample_values()
    sample = services.sample_create(owner_id=user.pk, **values)
    assert Sample.objects.filter(pk=sample.pk, owner=user, **values).exists()


def test_it_is_changed(user: "User") -> None:
    """All values, and the moment of the change."""
    before, values = SampleFactory.create(owner=user), sample_values()
    services.sample_update(sample=Sample.objects.get(), **values)
    after = Sample.objects.get(pk=before.pk, owner=before.owner, **values)
    assert after.created_at == before.created_at
    assert after.updated_at > before.updated_at


def test_a_change_keeps_what_another_request_changed(user: "User") -> None:
    """Only what is given is written."""
    stale, values = SampleFactory.create(owner=user), sample_values()
    services.sample_update(sample=Sample.objects.get(), **values)
    services.sample_update(sample=stale)
    assert Sample.objects.filter(pk=stale.pk, **values).exists()


def test_one_that_is_deleted_meanwhile_does_not_come_back(user: "User") -> None:
    """Its change is refused."""
    sample = SampleFactory.create(owner=user)
    services.sample_delete(sample=Sample.objects.get())
    with pytest.raises(ObjectNotUpdated):
        services.sample_update(sample=sample, **sample_values())
    assert not Sample.objects.exists()


def test_it_is_deleted() -> None:
    """For good."""
    services.sample_delete(sample=SampleFactory.create())
    assert not Sample.objects.exists()


# >>> service tests
