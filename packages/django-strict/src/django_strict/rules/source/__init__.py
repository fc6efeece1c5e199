"""Rules about Python code, found in its syntax tree; nothing is imported or run."""
