"""What pytest leaves to a rendered project's own pytest."""

# They import Django's settings, and run where ``test_machinery.py`` copies them.
collect_ignore = ["machinery"]
