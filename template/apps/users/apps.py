"""Configuration of the users application."""

from typing import override

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Accounts."""

    name = "apps.users"
    label = "users"

    @override
    def ready(self) -> None:
        """Let DRF's own ``TokenAuthentication`` look for the tokens of devices."""
        # Both need the apps, which are being loaded while this module is.
        from rest_framework.authentication import TokenAuthentication  # noqa: PLC0415

        TokenAuthentication.model = self.get_model("Token")
