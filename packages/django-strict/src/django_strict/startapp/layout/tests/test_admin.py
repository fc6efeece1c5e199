"""The admin site shows samples."""

from http import HTTPStatus

import pytest
from apps.samples.tests.factories import SampleFactory
from django.test import Client
from django.urls import reverse

from apps.users.tests.factories import UserFactory


@pytest.mark.django_db
def test_pages_load() -> None:
    """The list, with a search, and one of them."""
    client = Client()
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    sample = SampleFactory.create(title="Books")
    found = client.get(reverse("admin:samples_sample_changelist"), {"q": "Books"})
    assert "Books" in found.text
    page = client.get(reverse("admin:samples_sample_change", args=[sample.pk]))
    assert page.status_code == HTTPStatus.OK
