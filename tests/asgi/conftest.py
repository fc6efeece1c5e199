"""Fixtures of the tests of django-strict-asgi."""

# These need a rendered project around them; test_inside.py runs them in one.
collect_ignore = ["inside"]
