"""Tests that run inside a rendered project: tests/asgi/test_inside.py copies them."""
