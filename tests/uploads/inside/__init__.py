"""Tests that run in a rendered project with an app of uploads."""
