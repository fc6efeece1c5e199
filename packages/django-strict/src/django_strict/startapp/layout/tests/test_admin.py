"""The admin site shows, adds, changes and deletes samples."""

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
    sample = SampleFactory.create(title="Books")
    found = admin.get(reverse("admin:samples_sample_changelist"), {"q": "Books"})
    assert "Books" in found.text
    page = admin.get(reverse("admin:samples_sample_change", args=[sample.pk]))
    assert page.status_code == HTTPStatus.OK


def test_sample_is_added_changed_and_deleted(admin: Client) -> None:
    """Each page does what its button says."""
    values = {"owner": UserFactory.create().pk, "title": "Books", "quantity": 2}
    add = reverse("admin:samples_sample_add")
    assert admin.post(add, values).status_code == HTTPStatus.FOUND
    sample = Sample.objects.get(**values)
    change = reverse("admin:samples_sample_change", args=[sample.pk])
    answer = admin.post(change, values | {"title": "Pens"})
    assert answer.status_code == HTTPStatus.FOUND
    assert Sample.objects.get().title == "Pens"
    delete = reverse("admin:samples_sample_delete", args=[sample.pk])
    assert admin.post(delete, {"post": "yes"}).status_code == HTTPStatus.FOUND
    assert not Sample.objects.exists()


def test_constraint_that_says_no_is_told_on_the_page(admin: Client) -> None:
    """A title that the owner uses already, and a quantity out of range."""
    there = SampleFactory.create(title="Books")
    other = SampleFactory.create(owner=there.owner, title="Pens")
    taken = {"owner": there.owner_id, "title": "Books", "quantity": 0}
    for page in (
        reverse("admin:samples_sample_add"),
        reverse("admin:samples_sample_change", args=[other.pk]),
    ):
        answer = admin.post(page, taken)
        assert answer.status_code == HTTPStatus.OK
        assert answer.text.count("errorlist") > 1
    assert set(Sample.objects.all()) == {there, other}
