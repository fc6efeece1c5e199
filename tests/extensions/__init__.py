"""The Jinja extensions and the pages they render."""
