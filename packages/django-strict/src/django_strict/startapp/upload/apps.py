"""Configuration of the samples application."""

from django.apps import AppConfig


class SamplesConfig(AppConfig):
    """Samples and who owns them."""

    name = "apps.samples"
    label = "samples"
