"""Configuration of the users application."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Accounts."""

    name = "apps.users"
    label = "users"
