"""Who may do what with accounts."""

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from apps.users.permissions import StaffKeepTheirAccount
from apps.users.tests.factories import StaffFactory, UserFactory


@pytest.mark.parametrize(
    ("is_staff", "method", "allowed"),
    [
        (True, "DELETE", False),
        (True, "PATCH", True),
        (False, "DELETE", True),
        (False, "GET", True),
    ],
)
def test_only_staff_cannot_delete_themselves(
    *, is_staff: bool, method: str, allowed: bool
) -> None:
    """A project never loses its last admin to a slip."""
    request = Request(APIRequestFactory().generic(method, "/"))
    request.user = StaffFactory.build() if is_staff else UserFactory.build()
    permission = StaffKeepTheirAccount()
    assert permission.has_permission(request, APIView()) is allowed
