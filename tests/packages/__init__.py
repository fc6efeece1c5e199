"""The packages, and how projects get them."""
