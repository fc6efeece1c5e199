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


def test_one_is_found_by_its_id() -> None:
    """And an unknown id is an error of the business."""
    sample = SampleFactory.create()
    assert selectors.sample_get(sample_id=sample.pk) == sample
    with pytest.raises(NotFoundError):
        selectors.sample_get(sample_id=sample.pk + 1)


# >>> selector tests
