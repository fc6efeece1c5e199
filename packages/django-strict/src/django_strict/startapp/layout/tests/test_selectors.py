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


def test_search_finds_parts_of_titles() -> None:
    """In any case."""
    books = SampleFactory.create(title="Books")
    SampleFactory.create(owner=books.owner, title="Pens")
    found = selectors.sample_list(owner_id=books.owner_id, search="oOk")
    assert list(found) == [books]


def test_one_is_found_by_its_id() -> None:
    """And an unknown id is an error of the business."""
    sample = SampleFactory.create()
    assert selectors.sample_get(sample_id=sample.pk) == sample
    with pytest.raises(NotFoundError):
        selectors.sample_get(sample_id=sample.pk + 1)


def test_a_title_does_not_stand_in_its_own_way() -> None:
    """It may be stored again, unchanged."""
    sample = SampleFactory.create()
    other = SampleFactory.build(owner=sample.owner, title=sample.title)
    assert not selectors.title_is_taken(sample=sample)
    assert selectors.title_is_taken(sample=other)
