"""Tests of the samples application."""
