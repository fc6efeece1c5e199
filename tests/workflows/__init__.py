"""Workflows of this repository and of rendered projects: judged and executed."""
