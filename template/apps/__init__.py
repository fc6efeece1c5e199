"""The project's applications: one package for each."""
