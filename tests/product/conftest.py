"""What pytest leaves to a rendered project's own pytest."""

# They import Django's settings, and run in a project, where tests here copy them.
collect_ignore = ["first", "machinery"]
