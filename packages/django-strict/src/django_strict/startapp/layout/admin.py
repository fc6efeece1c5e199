"""Samples in the admin site."""

from typing import TYPE_CHECKING

from apps.samples.models import Sample
from django.contrib import admin

from django_strict_asgi.admin import KeepsOthersChanges

if TYPE_CHECKING:
    BaseAdmin = admin.ModelAdmin[Sample]
else:
    BaseAdmin = admin.ModelAdmin


@admin.register(Sample)
class SampleAdmin(KeepsOthersChanges, BaseAdmin):
    """Samples of all accounts."""

    # >>> admin
    readonly_fields = ("created_at", "updated_at")
    autocomplete_fields = ("owner",)
