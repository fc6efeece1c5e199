"""The production stack, built and booted on a Docker engine, looked at from outside."""
