"""Tests that are copied into a rendered project."""
