"""Tests of the configuration, and the fixtures that all tests share."""
