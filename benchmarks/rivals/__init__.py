"""What the rendered project is measured against, and how its database is filled."""
