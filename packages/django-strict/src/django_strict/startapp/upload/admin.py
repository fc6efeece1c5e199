"""Samples in the admin site."""

from typing import TYPE_CHECKING, override

from apps.samples.models import Sample
from django.contrib import admin

if TYPE_CHECKING:
    from django.http import HttpRequest

    BaseAdmin = admin.ModelAdmin[Sample]
else:
    BaseAdmin = admin.ModelAdmin


@admin.register(Sample)
class SampleAdmin(BaseAdmin):
    """Samples of all accounts, to look at and to delete; files come through the API."""

    # >>> admin

    @override
    def has_add_permission(self, request: "HttpRequest") -> bool:
        """Say that nobody adds any here.

        Args:
            request: The request.

        Returns:
            False.
        """
        return False

    @override
    def has_change_permission(
        self, request: "HttpRequest", obj: Sample | None = None
    ) -> bool:
        """Say that nobody changes any.

        Args:
            request: The request.
            obj: One of them, or None.

        Returns:
            False.
        """
        return False
