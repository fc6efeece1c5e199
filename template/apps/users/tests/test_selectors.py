"""Reading accounts."""

from typing import TYPE_CHECKING

import pytest

from apps.core.domain import NotFoundError
from apps.users import selectors
from apps.users.tests.factories import UserFactory

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

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


def test_list_is_one_query(django_assert_num_queries: "DjangoAssertNumQueries") -> None:
    """The number of accounts does not change the number of queries."""
    UserFactory.create_batch(3)
    with django_assert_num_queries(1):
        assert len(selectors.user_list()) == 3  # noqa: PLR2004 - those made above


@pytest.mark.parametrize("user_id", [0, 10**30])
def test_account_is_found_by_id(user_id: int) -> None:
    """An id that no account has, or that no column could hold, finds nothing."""
    account = UserFactory.create()
    assert selectors.user_get(user_id=account.pk) == account
    with pytest.raises(NotFoundError):
        selectors.user_get(user_id=user_id)


def test_active_account_is_found_by_email_in_any_case() -> None:
    """Inactive and unknown accounts look the same from outside."""
    account = UserFactory.create(email="ada@example.com")
    UserFactory.create(email="bob@example.com", is_active=False)
    assert selectors.user_find_active(email=" ADA@example.com") == account
    assert selectors.user_find_active(email="bob@example.com") is None
    assert selectors.user_find_active(email="eve@example.com") is None
