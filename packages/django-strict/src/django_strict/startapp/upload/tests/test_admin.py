"""The admin site shows and deletes samples."""

from http import HTTPStatus

import pytest
from apps.samples.models import Sample
from apps.samples.tests.factories import SampleFactory
from django.test import Client
from django.urls import reverse

from apps.users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    """Log somebody into the admin site who may do everything.

    Returns:
        The browser.
    """
    client = Client()
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


def test_pages_load(admin: Client) -> None:
    """The list, with a search, and one of them."""
    sample = SampleFactory.create(name="books.txt")
    found = admin.get(reverse("admin:samples_sample_changelist"), {"q": "books"})
    assert "books.txt" in found.text
    page = admin.get(reverse("admin:samples_sample_change", args=[sample.pk]))
    assert page.status_code == HTTPStatus.OK


def test_sample_is_deleted_and_neither_added_nor_changed(admin: Client) -> None:
    """Files come through the API."""
    sample = SampleFactory.create()
    addresses = (
        reverse("admin:samples_sample_add"),
        reverse("admin:samples_sample_change", args=[sample.pk]),
    )
    for address in addresses:
        assert admin.post(address, {"name": "x"}).status_code == HTTPStatus.FORBIDDEN
    delete = reverse("admin:samples_sample_delete", args=[sample.pk])
    assert admin.post(delete, {"post": "yes"}).status_code == HTTPStatus.FOUND
    assert not Sample.objects.exists()
