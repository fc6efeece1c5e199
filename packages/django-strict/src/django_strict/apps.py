"""The development tools as a Django app: system checks and commands."""

from typing import override

from django.apps import AppConfig

from django_strict.rules import runtime_checks


class DevtoolsConfig(AppConfig):
    """Installed wherever this folder is, so never in the image."""

    name = "django_strict"
    label = "django_strict"

    @override
    def ready(self) -> None:
        """Register the house rules that look at the running project."""
        runtime_checks()
