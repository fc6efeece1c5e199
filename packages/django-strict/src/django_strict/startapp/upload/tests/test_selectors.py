"""Reading samples."""

from unittest.mock import Mock

import pytest
from apps.samples import selectors
from apps.samples.domain import LinkEndedError
from apps.samples.models import Sample
from apps.samples.serializers import SampleSerializer
from apps.samples.tests.factories import SampleFactory
from django.core.files.storage import Storage

from apps.core.domain import NotFoundError

pytestmark = pytest.mark.django_db


def token() -> str:
    """Return the signed part of a link."""
    return selectors.sample_token(sample=SampleFactory.create())


def test_only_what_the_account_owns_is_listed() -> None:
    """The newest one first."""
    first = SampleFactory.create()
    second = SampleFactory.create(owner=first.owner)
    SampleFactory.create()
    assert list(selectors.sample_list(owner_id=first.owner_id)) == [second, first]


def test_one_is_found_by_its_owner_alone() -> None:
    """For others it is not there."""
    sample = SampleFactory.create()
    found = selectors.sample_get(sample_id=sample.pk, owner_id=sample.owner_id)
    assert found == sample
    with pytest.raises(NotFoundError):
        selectors.sample_get(sample_id=sample.pk, owner_id=sample.owner_id + 1)


def test_a_link_leads_to_its_sample() -> None:
    """As long as it is valid."""
    link = token()
    assert selectors.sample_of_link(token=link).pk == int(link.partition(":")[0])


def test_an_old_link_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever found it in a history or a log gets nothing."""
    link = token()
    monkeypatch.setattr(selectors, "LINK_SECONDS", -1)
    with pytest.raises(LinkEndedError):
        selectors.sample_of_link(token=link)


def test_a_link_to_something_else_cannot_be_made_up() -> None:
    """Its number is signed."""
    number, _, signature = token().partition(":")
    with pytest.raises(LinkEndedError):
        selectors.sample_of_link(token=f"{int(number) + 1}:{signature}")


def test_a_link_to_what_is_gone_leads_nowhere() -> None:
    """Although it was signed."""
    link = token()
    selectors.sample_of_link(token=link).delete()
    with pytest.raises(NotFoundError):
        selectors.sample_of_link(token=link)


def test_a_bucket_signs_its_own_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as links of this API live, and with the name for the browser."""
    storage = Mock(spec=Storage)
    monkeypatch.setattr(Sample._meta.get_field("file"), "storage", storage)
    sample = SampleFactory.build(file="samples/1", name="books.txt")
    shown = SampleSerializer(sample).data
    assert shown["url"] == storage.url.return_value
    disposition = 'attachment; filename="books.txt"'
    storage.url.assert_called_with(
        "samples/1",
        expire=selectors.LINK_SECONDS,
        parameters={"ResponseContentDisposition": disposition},
    )


def test_a_file_is_stored_by_browsers_under_its_name() -> None:
    """Whatever characters a client put there."""
    sample = SampleFactory.build(name='a"\r\nü.html')
    header = selectors.sample_disposition(sample=sample)
    assert header.startswith("attachment;")
    assert header.isascii()
    assert header.isprintable()
