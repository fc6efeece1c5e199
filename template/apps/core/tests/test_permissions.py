"""Permissions that several applications share."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from apps.core.permissions import IsActiveStaff


@pytest.mark.parametrize(
    ("is_active", "is_staff", "allowed"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_only_active_staff_are_let_in(
    *, is_active: bool, is_staff: bool, allowed: bool
) -> None:
    """Both flags are needed."""
    request = Request(APIRequestFactory().get("/"))
    request.user = get_user_model()(is_active=is_active, is_staff=is_staff)
    assert IsActiveStaff().has_permission(request, APIView()) is allowed


def test_nobody_is_no_staff() -> None:
    """A request without credentials is refused."""
    request = Request(APIRequestFactory().get("/"))
    request.user = AnonymousUser()
    assert not IsActiveStaff().has_permission(request, APIView())
