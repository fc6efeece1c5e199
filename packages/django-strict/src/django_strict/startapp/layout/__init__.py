"""Samples: what somebody keeps, with a title and a quantity."""
