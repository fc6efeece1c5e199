"""Jinja extensions that the pages of this repository are rendered with."""
