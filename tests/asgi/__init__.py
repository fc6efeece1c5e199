"""The ASGI handler and the worker: django-strict-asgi."""
