"""ASGI entry point: how the project is served."""

import os

# One thread hop for a request. The way back to Django's own handler, which takes a dozen,
# is this line with django.core.asgi in it.
from django_strict_asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
