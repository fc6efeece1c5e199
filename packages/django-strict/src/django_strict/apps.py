"""The development tools as a Django app: system checks and commands."""

from importlib import import_module
from typing import override

from django.apps import AppConfig


class DevtoolsConfig(AppConfig):
    """Installed wherever this folder is, so never in the image."""

    name = "django_strict"
    label = "django_strict"

    @override
    def ready(self) -> None:
        """Register the house rules that look at the running project."""
        import_module("django_strict.rules.runtime.checks")
