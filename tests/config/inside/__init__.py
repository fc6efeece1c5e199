"""Tests that run in a rendered project; ``tests/config/test_inside.py`` runs them."""
