"""What the contract test sends, and on whose behalf."""
