"""Reading accounts."""

import pytest

from apps.users import selectors
from apps.users.models import User
from apps.users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("search", ["LOVE", "ada@example"])
def test_search_finds_email_and_name(search: str) -> None:
    """A part of either is enough, in any case."""
    ada = UserFactory.create(email="ada@example.com", full_name="A. Lovelace")
    UserFactory.create(email="charles@example.com", full_name="C. Babbage")
    assert list(selectors.user_list(search=search)) == [ada]


@pytest.mark.parametrize("search", ["%", "_", "' OR 1=1 --"])
def test_search_takes_wildcards_literally(search: str) -> None:
    """Characters with a meaning for SQL have none for the search."""
    UserFactory.create(email="ada@example.com", full_name="Ada")
    assert not selectors.user_list(search=search).exists()


@pytest.mark.parametrize("ordering", ["full_name", "-full_name"])
def test_accounts_of_one_name_have_an_order(ordering: str) -> None:
    """Else a page could repeat what another one showed."""
    ids = [account.pk for account in UserFactory.create_batch(4, full_name="Same")]
    User.objects.filter(pk=ids[1]).update(is_active=False)  # moves the row
    expected = ids[::-1] if ordering.startswith("-") else ids
    users = selectors.user_list(ordering=ordering)
    assert [account.pk for account in users] == expected


def test_active_account_is_found_by_email_in_any_case() -> None:
    """Inactive and unknown accounts look the same from outside."""
    account = UserFactory.create(email="ada@example.com")
    UserFactory.create(email="bob@example.com", is_active=False)
    assert selectors.user_find_active(email=" ADA@example.com") == account
    assert selectors.user_find_active(email="bob@example.com") is None
    assert selectors.user_find_active(email="eve@example.com") is None
