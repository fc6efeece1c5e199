"""What pytest leaves to a rendered project's own pytest."""

# These need a rendered project around them; test_inside.py runs them in one.
collect_ignore = ["inside"]
