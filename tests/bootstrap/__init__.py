"""From "Use this template" to a project."""
