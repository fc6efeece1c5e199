"""Who may do what with samples."""

from typing import TYPE_CHECKING, override

from rest_framework.permissions import SAFE_METHODS, BasePermission

from apps.core.domain import NotFoundError

if TYPE_CHECKING:
    from apps.samples.models import Sample
    from rest_framework.request import Request
    from rest_framework.views import APIView


class SamplePermission(BasePermission):
    """Owners do everything with what is theirs, staff read, others see nothing."""

    message = "Staff may look at this, and not change it."

    @override
    def has_object_permission(
        self, request: "Request", view: "APIView", obj: "Sample"
    ) -> bool:
        """Decide about a request.

        Args:
            request: The request.
            view: The view it is meant for.
            obj: What it is about.

        Raises:
            NotFoundError: If a stranger asks, who shall not learn that it exists.

        Returns:
            True for the owner, and for staff who only read.
        """
        if obj.owner_id == request.user.pk:
            return True
        if not request.user.is_staff:
            raise NotFoundError
        return request.method in SAFE_METHODS
