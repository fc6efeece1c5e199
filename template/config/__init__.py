"""Project configuration: environment, settings, URLs and server entry points."""
