"""Tests of the template's ``config``."""
