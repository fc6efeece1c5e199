"""ASGI entry point: how the project is served."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

# Needs the settings.
from apps.core.asgi import Handler  # noqa: E402

application = Handler()
