"""Commands for development, beside those of Django."""
