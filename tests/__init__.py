"""Tests of the template: what it asks, what it renders, and what the result does."""
