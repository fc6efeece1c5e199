"""Changing samples."""

from typing import TYPE_CHECKING

import pytest
from apps.samples import services
from apps.samples.models import Sample
from apps.samples.tests.factories import SampleFactory, sample_values
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

if TYPE_CHECKING:
    from apps.users.models import User

pytestmark = pytest.mark.django_db


def test_a_file_is_stored_for_its_owner(user: "User") -> None:
    """With its name, its size and its content."""
    file = SimpleUploadedFile("books.txt", b"some text")
    sample = services.sample_create(
        owner_id=user.pk,
        file=file,
        **sample_values(),
    )
    sample.refresh_from_db()
    assert (sample.owner, sample.name, sample.size) == (user, "books.txt", 9)
    with sample.file.open() as stored:
        assert stored.read() == b"some text"


def test_a_file_without_a_name_is_refused(user: "User") -> None:
    """Nothing is stored."""
    file = SimpleUploadedFile("books.txt", b"some text")
    file.name = None
    with pytest.raises(ValidationError):
        services.sample_create(
            owner_id=user.pk,
            file=file,
            **sample_values(),
        )
    assert not Sample.objects.exists()


def test_it_is_deleted() -> None:
    """For good."""
    services.sample_delete(sample=SampleFactory.create())
    assert not Sample.objects.exists()
