"""Tests that run inside a rendered project."""
