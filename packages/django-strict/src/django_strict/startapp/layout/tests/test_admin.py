"""The admin site shows, adds, changes and deletes samples."""

from http import HTTPStatus
from typing import Any

import pytest
from apps.samples.models import Sample
from apps.samples.tests.factories import SampleFactory
from django.test import Client
from django.urls import reverse

from apps.users.tests.factories import UserFactory

# >>> factory imports
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


def form() -> dict[str, Any]:
    """Return what the page of one sends."""
    owner = UserFactory.create()
    return {
        "owner": owner.pk,
        # >>> form values
    }


def test_pages_load(admin: Client) -> None:
    """The list, with a search, and one of them."""
    sample = SampleFactory.create()
    found = admin.get(reverse("admin:samples_sample_changelist"), {"q": ""})
    assert str(sample.owner) in found.text
    page = admin.get(reverse("admin:samples_sample_change", args=[sample.pk]))
    assert page.status_code == HTTPStatus.OK


def test_sample_is_added_changed_and_deleted(admin: Client) -> None:
    """Each page does what its button says."""
    add = reverse("admin:samples_sample_add")
    answer = admin.post(add, form())
    assert answer.status_code == HTTPStatus.FOUND, answer.context["errors"]
    sample = Sample.objects.get()
    values = form()
    change = reverse("admin:samples_sample_change", args=[sample.pk])
    assert admin.post(change, values).status_code == HTTPStatus.FOUND
    assert Sample.objects.get().owner_id == values["owner"]
    delete = reverse("admin:samples_sample_delete", args=[sample.pk])
    assert admin.post(delete, {"post": "yes"}).status_code == HTTPStatus.FOUND
    assert not Sample.objects.exists()


def test_wrong_value_is_told_on_the_page(admin: Client) -> None:
    """Nothing is stored."""
    values = {**form(), "owner": 0}
    answer = admin.post(reverse("admin:samples_sample_add"), values)
    assert answer.status_code == HTTPStatus.OK
    assert "errorlist" in answer.text
    assert not Sample.objects.exists()


# >>> admin tests
