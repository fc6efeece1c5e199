"""Traces, metrics and errors."""
