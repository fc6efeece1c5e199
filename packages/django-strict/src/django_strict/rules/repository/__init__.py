"""Rules about the project's other files: configuration, ignore files, containers."""
