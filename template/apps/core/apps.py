"""Configuration of the core application."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Shared utilities without tables of their own."""

    name = "apps.core"
    label = "core"
