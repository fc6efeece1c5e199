"""Reading samples."""

import pytest
from apps.samples import selectors
from apps.samples.tests.factories import SampleFactory

from apps.core.domain import NotFoundError

pytestmark = pytest.mark.django_db


def test_only_what_the_account_owns_is_listed() -> None:
    """The newest one first."""
    first = SampleFactory.create()
    second = SampleFactory.create(owner=first.owner)
    SampleFactory.create()
    assert list(selectors.sample_list(owner_id=first.owner_id)) == [second, first]


def test_one_is_found_for_its_owner_alone() -> None:
    """For anybody else it does not exist."""
    sample = SampleFactory.create()
    found = selectors.sample_get(sample_id=sample.pk, owner_id=sample.owner_id)
    assert found == sample
    with pytest.raises(NotFoundError):
        selectors.sample_get(sample_id=sample.pk, owner_id=sample.owner_id + 1)


# >>> selector tests
