"""``openapi.yaml``, what clients rely on: its text, and what changed in it."""
