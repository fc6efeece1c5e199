"""Registering the runtime rules with Django."""

from typing import Final

from django.core.checks import register

from django_strict.rules.runtime import servers, settings, views

TAG: Final = "rules"

for check in (
    settings.check_installed,
    settings.check_user_model,
    settings.check_api,
    settings.check_levels,
    views.check_routed_views,
    views.check_handlers,
    views.check_error_format,
    views.check_health,
    views.check_middleware,
    servers.check_asgi,
):
    register(check, TAG)

# What differs between a developer's machine and production.
for check in (
    settings.check_security,
    settings.check_logging,
    servers.check_gunicorn,
):
    register(check, TAG, deploy=True)
