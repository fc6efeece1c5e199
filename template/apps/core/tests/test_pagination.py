"""Pages of lists: numbered, or following a cursor."""

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from apps.users.models import User
from apps.users.tests.factories import UserFactory

if TYPE_CHECKING:
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
URL = reverse("users:list")


@pytest.mark.parametrize("ordering", ["email", "-email", "full_name", "-date_joined"])
@pytest.mark.parametrize("first", ["page=1", "cursor="])
def test_every_row_comes_once_and_in_order(
    as_staff: "APIClient", ordering: str, first: str
) -> None:
    """Rows that are equal in the field are no exception."""
    UserFactory.create_batch(4, full_name="Same")
    seen: list[int] = []
    url: str | None = f"{URL}?{first}&page_size=2&ordering={ordering}"
    while url:
        body = as_staff.get(url).json()
        seen += [entry["id"] for entry in body["results"]]
        url = body["next"]
    last = "-pk" if ordering.startswith("-") else "pk"
    ordered = User.objects.order_by(ordering, last)
    assert seen == list(ordered.values_list("pk", flat=True))


@pytest.mark.parametrize(("asked", "given"), [({}, 20), ({"page_size": "1000"}, 100)])
def test_page_has_a_length_and_a_limit(
    as_staff: "APIClient", asked: dict[str, str], given: int
) -> None:
    """A client cannot ask for everything at once."""
    User.objects.bulk_create(UserFactory.build_batch(101))
    assert len(as_staff.get(URL, asked).json()["results"]) == given
