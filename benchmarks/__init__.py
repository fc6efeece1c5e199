"""Measures a rendered project against other ways to serve Django."""
