"""What the first new app brings for all: it is written into the core."""
