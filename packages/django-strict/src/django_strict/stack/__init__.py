"""The production stack on this machine, behind the ``poe stack`` commands."""
