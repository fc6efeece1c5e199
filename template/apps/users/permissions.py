"""Who may do what with accounts."""

from typing import TYPE_CHECKING, override

from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class StaffKeepTheirAccount(BasePermission):
    """Keeps staff from deleting themselves, and a project from losing its last admin."""

    message = "Accounts of staff are deleted in the admin site, by somebody else."

    @override
    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Decide about a request.

        Args:
            request: The request.
            view: The view it is meant for.

        Returns:
            False when a member of staff asks to delete the own account.
        """
        return not (request.method == "DELETE" and request.user.is_staff)
