"""Migrations of the samples application."""
