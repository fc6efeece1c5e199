"""Permission classes that several applications share."""

from typing import TYPE_CHECKING, override

from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class IsActiveStaff(BasePermission):
    """Lets staff in, and only as long as the account is active."""

    message = "Only staff may do this."

    @override
    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Decide about a request.

        Args:
            request: The request.
            view: The view it is meant for.

        Returns:
            True for an active member of staff.
        """
        user = request.user
        return bool(user.is_authenticated and user.is_active and user.is_staff)
