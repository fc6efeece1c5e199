"""Development tools; never part of the production image."""
