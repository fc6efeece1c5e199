"""The database itself guards samples, and files go with their rows."""

import re
from typing import TYPE_CHECKING

import pytest
from apps.samples import models
from apps.samples.models import Sample
from apps.samples.tests.factories import SampleFactory
from django.db import IntegrityError

if TYPE_CHECKING:
    from pytest_django import DjangoCaptureOnCommitCallbacks

pytestmark = pytest.mark.django_db


def test_it_is_named_by_its_name() -> None:
    """The admin site shows it."""
    assert str(SampleFactory.build(name="books.txt")) == "books.txt"


def test_a_name_is_never_empty() -> None:
    """Whatever code writes it."""
    sample = SampleFactory.create()
    with pytest.raises(IntegrityError, match="samples_sample_name_not_empty"):
        Sample.objects.filter(pk=sample.pk).update(name="")


def test_the_storage_never_sees_the_name_of_a_client() -> None:
    """Neither its path nor its ending, and no two files meet."""
    first, second = (SampleFactory.create(file__filename="x.html") for _ in range(2))
    assert str(first.file) != str(second.file)
    assert re.fullmatch(r"samples/[0-9a-f]{32}", str(first.file))


def test_the_files_of_a_deleted_account_are_gone(
    django_capture_on_commit_callbacks: "DjangoCaptureOnCommitCallbacks",
) -> None:
    """When the deletion has happened, and not before."""
    sample = SampleFactory.create()
    storage, name = sample.file.storage, str(sample.file)
    with django_capture_on_commit_callbacks(execute=True):
        sample.owner.delete()
        assert storage.exists(name)
    assert not storage.exists(name)


# >>> model tests
