"""Fixtures of the tests of the template's configuration."""

# These need a rendered project around them; test_inside.py runs them in one.
collect_ignore = ["inside"]
